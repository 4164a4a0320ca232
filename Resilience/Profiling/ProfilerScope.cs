using System.Runtime.CompilerServices;

namespace Resilience.Profiling;

/// <summary>A stretch of synchronous work that is measured. Dispose it where it was opened, which <c>using</c> does.</summary>
/// <remarks>
/// It lives on the stack, so that the compiler refuses it across <c>await</c>, where <see cref="AsyncProfilerScope"/> is right. Scopes that were
/// opened in it and never disposed end with it. A second dispose changes nothing, and is counted. The default value measures nothing.
/// </remarks>
public readonly ref struct ProfilerScope
{
    private readonly ProfilerThread? _thread;
    private readonly int _place;
    private readonly int _id;

    internal ProfilerScope(ProfilerThread thread, int place, int id)
    {
        _thread = thread;
        _place = place;
        _id = id;
    }

    /// <summary>Ends it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Dispose() => _thread?.Close(_place, _id);
}
