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
    private readonly long _ticket; // the place on the thread's stack and the scope's number: two words in all, which travel in registers

    internal ProfilerScope(ProfilerThread thread, int place, int id)
    {
        _thread = thread;
        _ticket = ((long)place << 32) | (uint)id;
    }

    /// <summary>Ends it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Dispose() => _thread?.Close((int)(_ticket >> 32), (int)_ticket);
}
