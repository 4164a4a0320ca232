using System.Globalization;
using Polly;

namespace Resilience.Bulkheads;

/// <summary>A call was not let in: as many as may run at a time are running, and it could not, or not any longer, wait for one of them.</summary>
/// <remarks>The call was never begun, so that repeating it is safe; repeating it at once adds to what the bulkhead holds off.</remarks>
public sealed class BulkheadRejectedException : ExecutionRejectedException
{
    private const int CountBits = 17; // no limit and no queue is beyond 100,000
    private const int CountMask = (1 << CountBits) - 1;
    private const int ReasonBits = 3;

    private readonly string? _bulkhead;

    // From the lowest bit: reason, limit, queued, waited. One word: a refusal is to cost no more than 200 bytes, and an exception is 160 by itself.
    private readonly ulong _facts;

    /// <summary>Initializes a refusal without figures.</summary>
    public BulkheadRejectedException()
        : this("The call was not let in: the bulkhead is full.")
    {
    }

    /// <summary>Initializes a refusal without figures.</summary>
    /// <param name="message">What happened.</param>
    public BulkheadRejectedException(string message)
        : base(message)
    {
    }

    /// <summary>Initializes a refusal without figures.</summary>
    /// <param name="message">What happened.</param>
    /// <param name="innerException">Why.</param>
    public BulkheadRejectedException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    // No base message: most refusals are never read, so their sentence is only put together when it is asked for.
    internal BulkheadRejectedException(string bulkhead, BulkheadRejectionReason reason, int limit, int queued, long waitedMilliseconds)
        : base(string.Empty)
    {
        _bulkhead = bulkhead;
        _facts = ((((((ulong)Math.Min(waitedMilliseconds, int.MaxValue >> 4) << CountBits) | (uint)queued) << CountBits) | (uint)limit) << ReasonBits) | (uint)reason;
    }

    /// <summary>Gets why it was not let in.</summary>
    public BulkheadRejectionReason Reason => (BulkheadRejectionReason)(_facts & ((1 << ReasonBits) - 1));

    /// <summary>Gets how many calls may run at a time.</summary>
    /// <value>A number of calls.</value>
    public int Limit => (int)(_facts >> ReasonBits) & CountMask;

    /// <summary>Gets how many calls were waiting when this one was refused.</summary>
    /// <value>A number of calls.</value>
    public int Queued => (int)(_facts >> (ReasonBits + CountBits)) & CountMask;

    /// <summary>Gets how long it had waited.</summary>
    /// <value>A time of 0 or more, in whole milliseconds.</value>
    public TimeSpan Waited => TimeSpan.FromMilliseconds(WaitedMilliseconds);

    /// <inheritdoc/>
    public override string Message => _bulkhead is null
        ? base.Message
        : string.Create(CultureInfo.InvariantCulture, $"The call was not let in by bulkhead '{_bulkhead}', which runs {Limit} at a time: {What()}");

    private long WaitedMilliseconds => (long)(_facts >> (ReasonBits + CountBits + CountBits));

    private string What() => Reason switch
    {
        BulkheadRejectionReason.QueueFull =>
            string.Create(CultureInfo.InvariantCulture, $"{Queued} were waiting, which is as many as may. Shed the work or try later."),
        BulkheadRejectionReason.QueueTimeout =>
            string.Create(CultureInfo.InvariantCulture, $"it waited {WaitedMilliseconds} ms, which is as long as it may. Shed the work, or raise MaxQueueTime."),
        BulkheadRejectionReason.DeadlineTooClose =>
            string.Create(CultureInfo.InvariantCulture, $"its deadline would pass first ({Queued} were waiting, it waited {WaitedMilliseconds} ms). Ask with more time."),
        _ => "it is shutting down. Ask another instance.",
    };
}
