using Resilience.Measurement;

namespace Resilience.Retries;

/// <summary>Counts how calls end. A success at the first attempt costs one atomic addition; everything else is counted where time doesn't matter.</summary>
internal sealed class RetryCounters
{
    // Attempts are alike, and the clock is dear beside them: one in sixteen is enough to know how long they take.
    private const int TimedShare = 16;
    private static readonly RetrySuppression[] _reasons = Enum.GetValues<RetrySuppression>();

    private readonly long[] _suppressed = new long[_reasons.Length];
    private readonly LatencyHistogram _delays = new();
    private readonly LatencyHistogram _attempts = new(halfLife: 256);
    private long _firstTrySuccesses;
    private long _recovered;
    private long _exhausted;
    private long _unhandled;
    private long _cancelled;
    private long _retries;
    private long _delayTicks;

    /// <summary>Gets how long an attempt usually takes.</summary>
    /// <value>The median; zero before the first was timed.</value>
    public TimeSpan UsualAttempt => _attempts.Quantile(0.5) ?? TimeSpan.Zero;

    /// <summary>Counts a success at the first attempt.</summary>
    /// <returns>True when this one should be timed.</returns>
    public bool FirstTry() => Interlocked.Increment(ref _firstTrySuccesses) % TimedShare == 1;

    public void Attempted(TimeSpan duration) => _attempts.Record(duration);

    public void Recovered() => Interlocked.Increment(ref _recovered);

    public void Exhausted() => Interlocked.Increment(ref _exhausted);

    public void Unhandled() => Interlocked.Increment(ref _unhandled);

    public void Cancelled() => Interlocked.Increment(ref _cancelled);

    public void Suppressed(RetrySuppression reason) => Interlocked.Increment(ref _suppressed[(int)reason]);

    public void Waiting(TimeSpan delay)
    {
        _delays.Record(delay);
        Interlocked.Add(ref _delayTicks, delay.Ticks);
    }

    public void Retried() => Interlocked.Increment(ref _retries);

    public RetryStatistics Snapshot(string name, RetryBudget budget) => new()
    {
        Name = name,
        FirstTrySuccesses = Volatile.Read(ref _firstTrySuccesses),
        Recovered = Volatile.Read(ref _recovered),
        Exhausted = Volatile.Read(ref _exhausted),
        Unhandled = Volatile.Read(ref _unhandled),
        Cancelled = Volatile.Read(ref _cancelled),
        SuppressedBy = _reasons.ToDictionary(static reason => reason, reason => Volatile.Read(ref _suppressed[(int)reason])),
        Retries = Volatile.Read(ref _retries),
        TotalDelay = TimeSpan.FromTicks(Volatile.Read(ref _delayTicks)),
        MedianDelay = _delays.Quantile(0.5),
        P99Delay = _delays.Quantile(0.99),
        BudgetBalance = budget.Balance,
    };
}
