namespace Resilience.Deadlines;

/// <summary>A source that is cancelled by a time on a given clock, or by another token before.</summary>
/// <remarks><see cref="CancellationTokenSource.CreateLinkedTokenSource(CancellationToken)"/> can't be given a clock, hence this.</remarks>
internal sealed class DeadlineTokenSource : CancellationTokenSource
{
    private readonly CancellationTokenRegistration _link;

    public DeadlineTokenSource(TimeSpan remaining, TimeProvider time, CancellationToken cancellationToken)
        : base(Bounded(remaining), time) =>
        _link = cancellationToken.UnsafeRegister(static source => ((CancellationTokenSource)source!).Cancel(), this);

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _link.Unregister(); // not Dispose, which would wait for a cancellation that may be waiting for us
        }

        base.Dispose(disposing);
    }

    // A timer takes at most 2^32 - 2 ms, which is 49 days.
    private static TimeSpan Bounded(TimeSpan remaining) =>
        remaining.TotalMilliseconds >= uint.MaxValue - 1 ? Timeout.InfiniteTimeSpan : remaining;
}
