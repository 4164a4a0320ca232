using System.Threading.RateLimiting;
using Resilience.Measurement;

namespace Resilience.Bulkheads;

/// <summary>A bulkhead where a <see cref="RateLimiter"/> is asked for: <c>UseRateLimiter</c>, <c>AddRateLimiter</c>, a partitioned limiter.</summary>
/// <remarks>
/// The lease that the base class asks for is an object, 40 bytes for each call; who can, uses the <see cref="Bulkhead"/> itself. Permits are not weighed: one
/// request takes one. None may be asked for, which tells whether one is free. Safe for concurrent use.
/// </remarks>
/// <param name="bulkhead">Whose permits are handed out.</param>
/// <param name="ownsBulkhead">Whether to dispose it with this limiter; false when others use it as well.</param>
public sealed class BulkheadRateLimiter(Bulkhead bulkhead, bool ownsBulkhead) : RateLimiter
{
    private static readonly Lease _nothing = new(null, default, reason: null);
    private static readonly Lease[] _refused =
    [
        new(null, default, "queue_full"),
        new(null, default, "queue_timeout"),
        new(null, default, "deadline"),
        new(null, default, "shutdown"),
    ];

    private readonly MonotonicClock _clock = bulkhead.Clock;
    private long _idleSince = bulkhead.Clock.Now;

    /// <summary>Gets how long no permit has been out. Null while one is.</summary>
    public override TimeSpan? IdleDuration =>
        bulkhead.InUse > 0 ? null : TimeSpan.FromMilliseconds(Math.Max(0, _clock.Now - Volatile.Read(ref _idleSince)));

    /// <summary>Gets how many permits are free, how many wait, and how many requests were let in and refused so far.</summary>
    /// <returns>Never null.</returns>
    public override RateLimiterStatistics GetStatistics()
    {
        var snapshot = bulkhead.Snapshot();
        return new RateLimiterStatistics
        {
            CurrentAvailablePermits = Math.Max(0, snapshot.Limit - snapshot.InUse),
            CurrentQueuedCount = snapshot.Queued,
            TotalSuccessfulLeases = snapshot.Granted,
            TotalFailedLeases = snapshot.Rejected,
        };
    }

    /// <inheritdoc/>
    protected override RateLimitLease AttemptAcquireCore(int permitCount)
    {
        MustBeOne(permitCount);
        if (permitCount == 0)
        {
            return bulkhead.HasRoom ? _nothing : _refused[(int)BulkheadRejectionReason.QueueFull];
        }

        return bulkhead.TryAcquire(out var permit)
            ? new Lease(this, permit, reason: null)
            : _refused[(int)(bulkhead.IsClosed ? BulkheadRejectionReason.ShuttingDown : BulkheadRejectionReason.QueueFull)];
    }

    /// <inheritdoc/>
    protected override async ValueTask<RateLimitLease> AcquireAsyncCore(int permitCount, CancellationToken cancellationToken)
    {
        MustBeOne(permitCount);
        if (permitCount == 0 && bulkhead.HasRoom)
        {
            return _nothing;
        }

        var entry = await bulkhead.EnterAsync(Bulkhead.NormalPriority, cancellationToken).ConfigureAwait(false);
        if (entry.Kind == EntryKind.Granted)
        {
            var lease = new Lease(this, new Permit(bulkhead, entry.Ticket), reason: null);
            if (permitCount > 0)
            {
                return lease;
            }

            lease.Dispose(); // it only wanted to wait until one is free
            return _nothing;
        }

        cancellationToken.ThrowIfCancellationRequested();
        return _refused[(int)Bulkhead.ReasonOf(entry.Kind)];
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing && ownsBulkhead)
        {
            bulkhead.Dispose();
        }

        base.Dispose(disposing);
    }

    private static void MustBeOne(int permitCount)
    {
        if (permitCount > 1)
        {
            throw new ArgumentOutOfRangeException(
                nameof(permitCount), permitCount, "A bulkhead's permits are not weighed: ask for 1, or for 0 to see whether one is free.");
        }
    }

    private sealed class Lease(BulkheadRateLimiter? limiter, Permit permit, string? reason) : RateLimitLease
    {
        private static readonly string[] _names = [MetadataName.ReasonPhrase.Name];

        public override bool IsAcquired => reason is null;

        public override IEnumerable<string> MetadataNames => reason is null ? [] : _names;

        public override bool TryGetMetadata(string metadataName, out object? metadata)
        {
            metadata = reason is not null && metadataName == MetadataName.ReasonPhrase.Name ? reason : null;
            return metadata is not null;
        }

        protected override void Dispose(bool disposing)
        {
            if (limiter is not null)
            {
                Volatile.Write(ref limiter._idleSince, limiter._clock.Now);
                permit.Dispose();
            }

            base.Dispose(disposing);
        }
    }
}
