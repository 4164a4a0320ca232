using Resilience.Bulkheads;
using Resilience.ConnectionPools;
using Resilience.Retries;
using Resilience.Timeouts;

namespace Resilience.Pipelines;

/// <content>What the patterns besides the breaker say of themselves.</content>
public sealed partial class CatalogueEntry
{
    /// <summary>Makes the entry of a bulkhead.</summary>
    /// <param name="bulkhead">The bulkhead.</param>
    /// <returns>Its entry.</returns>
    public static CatalogueEntry For(Bulkhead bulkhead)
    {
        ArgumentNullException.ThrowIfNull(bulkhead);

        return new("bulkhead", bulkhead.Name, () => OptionsOf(bulkhead), () => StateOf(bulkhead.Snapshot()));
    }

    /// <summary>Makes the entry of a time-out.</summary>
    /// <param name="timeout">The time-out.</param>
    /// <returns>Its entry.</returns>
    public static CatalogueEntry For(OperationTimeout timeout)
    {
        ArgumentNullException.ThrowIfNull(timeout);

        return new("timeout", timeout.Name, () => OptionsOf(timeout.Options), () => StateOf(timeout.Snapshot()));
    }

    /// <summary>Makes the entry of a retry.</summary>
    /// <param name="retry">The retry.</param>
    /// <returns>Its entry.</returns>
    public static CatalogueEntry For(BudgetedRetry retry)
    {
        ArgumentNullException.ThrowIfNull(retry);

        return new("retry", retry.Name, () => OptionsOf(retry.Options), () => StateOf(retry.Snapshot()));
    }

    /// <summary>Makes the entry of a retry.</summary>
    /// <typeparam name="TResult">What its calls return.</typeparam>
    /// <param name="retry">The retry.</param>
    /// <returns>Its entry.</returns>
    public static CatalogueEntry For<TResult>(BudgetedRetry<TResult> retry)
    {
        ArgumentNullException.ThrowIfNull(retry);

        return new("retry", retry.Name, () => OptionsOf(retry.Options), () => StateOf(retry.Snapshot()));
    }

    /// <summary>Makes the entry of a connection pool.</summary>
    /// <typeparam name="T">What it pools.</typeparam>
    /// <param name="pool">The pool.</param>
    /// <returns>Its entry.</returns>
    public static CatalogueEntry For<T>(ConnectionPool<T> pool)
        where T : class
    {
        ArgumentNullException.ThrowIfNull(pool);

        return new("connection-pool", pool.Name, () => OptionsOf(pool.Snapshot()), () => StateOf(pool.Snapshot()));
    }

    private static Dictionary<string, object?> OptionsOf(Bulkhead bulkhead) => new()
    {
        ["maxConcurrency"] = bulkhead.Limit,
        ["maxQueue"] = bulkhead.Options.MaxQueue,
        ["queueOrder"] = bulkhead.Options.QueueOrder.ToString(),
        ["maxQueueTimeSeconds"] = bulkhead.Options.MaxQueueTime.TotalSeconds,
    };

    private static Dictionary<string, object?> StateOf(BulkheadSnapshot snapshot) => new()
    {
        ["inUse"] = snapshot.InUse,
        ["queued"] = snapshot.Queued,
        ["granted"] = snapshot.Granted,
        ["cancelled"] = snapshot.Cancelled,
        ["rejected"] = snapshot.Rejected,
        ["doubleReleases"] = snapshot.DoubleReleases,
    };

    private static Dictionary<string, object?> OptionsOf(OperationTimeoutStrategyOptions options) => new()
    {
        ["timeoutSeconds"] = options.TimeoutGenerator is null ? options.Timeout.TotalSeconds : null, // else each call has its own
        ["mode"] = options.Mode.ToString(),
        ["deadlineAware"] = options.DeadlineAware,
        ["beginsDeadline"] = options.BeginsDeadline,
    };

    private static Dictionary<string, object?> StateOf(TimeoutStatistics statistics) => new()
    {
        ["fired"] = statistics.Fired,
        ["abandoned"] = statistics.Abandoned,
        ["orphans"] = statistics.Orphans,
        ["refused"] = statistics.Refused,
    };

    private static Dictionary<string, object?> OptionsOf<TResult>(BudgetedRetryStrategyOptions<TResult> options) => new()
    {
        ["maxRetryAttempts"] = options.MaxRetryAttempts,
        ["backoff"] = options.Backoff.ToString(),
        ["jitter"] = options.Jitter.ToString(),
        ["delaySeconds"] = options.Delay.TotalSeconds,
        ["maxDelaySeconds"] = options.MaxDelay.TotalSeconds,
    };

    private static Dictionary<string, object?> StateOf(RetryStatistics statistics) => new()
    {
        ["calls"] = statistics.Calls,
        ["firstTrySuccesses"] = statistics.FirstTrySuccesses,
        ["recovered"] = statistics.Recovered,
        ["exhausted"] = statistics.Exhausted,
        ["suppressed"] = statistics.Suppressed,
        ["retries"] = statistics.Retries,
        ["budgetBalance"] = double.IsFinite(statistics.BudgetBalance) ? statistics.BudgetBalance : null,
    };

    private static Dictionary<string, object?> OptionsOf(ConnectionPoolSnapshot snapshot) => new()
    {
        ["maxSize"] = snapshot.MaxSize,
        ["minIdle"] = snapshot.MinIdle,
    };

    private static Dictionary<string, object?> StateOf(ConnectionPoolSnapshot snapshot) => new()
    {
        ["idle"] = snapshot.Idle,
        ["inUse"] = snapshot.InUse,
        ["creating"] = snapshot.Creating,
        ["closing"] = snapshot.Closing,
        ["waiting"] = snapshot.Waiting,
        ["isServerAway"] = snapshot.IsServerAway,
        ["longestHeldSeconds"] = snapshot.LongestHeld.TotalSeconds,
        ["lent"] = snapshot.Lent,
        ["created"] = snapshot.Created,
        ["timedOut"] = snapshot.TimedOut,
        ["shed"] = snapshot.Shed,
        ["leaks"] = snapshot.Leaks,
    };
}
