namespace Resilience.ObjectPools;

/// <summary>Numbers threads in the order in which they come to pools, so that the next ones begin in different groups.</summary>
/// <remarks>
/// A number by thread and not by core, which <see cref="Thread.GetCurrentProcessorId"/> would tell: that is asked of the system each time.
/// </remarks>
internal static class ThreadNumber
{
    [ThreadStatic]
    private static int _current; // 0 for a thread that has none yet

    private static int _last;

    public static int Current => _current != 0 ? _current : Assign();

    private static int Assign() => _current = Interlocked.Increment(ref _last) | int.MinValue;
}
