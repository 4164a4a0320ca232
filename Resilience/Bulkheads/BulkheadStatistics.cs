using Resilience.Measurement;

namespace Resilience.Bulkheads;

/// <summary>Counts what the gate doesn't know of by itself: refusals, and how long who was let in had waited.</summary>
/// <remarks>Nothing here is touched on the way of a call that neither waits nor is refused. Safe for concurrent use.</remarks>
internal sealed class BulkheadStatistics
{
    private readonly long[] _entries = new long[(int)EntryKind.Cancelled + 1];
    private LatencyHistogram? _waits; // 2.5 KB, which a bulkhead without a queue doesn't need
    private long _doubleReleases;

    public Entry Count(EntryKind kind)
    {
        if (kind != EntryKind.Granted)
        {
            Interlocked.Increment(ref _entries[(int)kind]);
        }

        return new Entry(kind);
    }

    public bool CountDoubleRelease()
    {
        Interlocked.Increment(ref _doubleReleases);
        return false;
    }

    public void RecordWait(string bulkhead, long milliseconds)
    {
        var waited = TimeSpan.FromMilliseconds(milliseconds);
        LazyInitializer.EnsureInitialized(ref _waits, static () => new LatencyHistogram()).Record(waited);
        BulkheadTelemetry.Waited(bulkhead, waited);
    }

    public BulkheadSnapshot Snapshot(string name, long word, int queued, long granted) => new()
    {
        Name = name,
        Limit = GateWord.Limit(word),
        InUse = GateWord.InUse(word),
        Queued = queued,
        Granted = granted,
        Cancelled = Read(EntryKind.Cancelled),
        RejectedQueueFull = Read(EntryKind.QueueFull),
        RejectedQueueTimeout = Read(EntryKind.QueueTimeout),
        RejectedDeadline = Read(EntryKind.DeadlineTooClose),
        RejectedShutdown = Read(EntryKind.ShuttingDown),
        DoubleReleases = Volatile.Read(ref _doubleReleases),
        QueueTimeMedian = QueueTime(0.5),
        QueueTimeP99 = QueueTime(0.99),
    };

    public TimeSpan? QueueTime(double share) => Volatile.Read(ref _waits)?.Quantile(share);

    public long Read(EntryKind kind) => Volatile.Read(ref _entries[(int)kind]);
}
