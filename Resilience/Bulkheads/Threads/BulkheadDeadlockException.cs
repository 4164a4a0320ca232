namespace Resilience.Bulkheads;

/// <summary>Work on a thread bulkhead handed it more work and would have waited for that, with no thread left to ever do it.</summary>
/// <remarks>It is a bug, not a matter of load: trying again doesn't help, so it is none of Polly's rejections.</remarks>
public sealed class BulkheadDeadlockException : InvalidOperationException
{
    /// <summary>Initializes it without figures.</summary>
    public BulkheadDeadlockException()
    {
    }

    /// <summary>Initializes it without figures.</summary>
    /// <param name="message">What happened.</param>
    public BulkheadDeadlockException(string message)
        : base(message)
    {
    }

    /// <summary>Initializes it without figures.</summary>
    /// <param name="message">What happened.</param>
    /// <param name="innerException">Why.</param>
    public BulkheadDeadlockException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    internal static BulkheadDeadlockException Of(string bulkhead, int threads) => new(string.Create(
        System.Globalization.CultureInfo.InvariantCulture,
        $"Synchronous work on thread bulkhead '{bulkhead}' handed it more work, and all of its {threads} threads wait for such work already: none could ever do it. Call the inner code directly, give it a bulkhead of its own, or make the outer work asynchronous."));
}
