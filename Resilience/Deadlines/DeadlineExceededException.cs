using System.Globalization;
using Polly.Timeout;

namespace Resilience.Deadlines;

/// <summary>Work was refused, or given up, because the deadline that it was under had run out.</summary>
public sealed class DeadlineExceededException : TimeoutRejectedException
{
    /// <summary>Initializes a refusal.</summary>
    /// <param name="budget">How much time the deadline gave.</param>
    /// <param name="elapsed">How much had passed.</param>
    /// <param name="innerException">What was given up, if there was something.</param>
    public DeadlineExceededException(TimeSpan budget, TimeSpan elapsed, Exception? innerException = null)
        : base(
            string.Create(
                CultureInfo.InvariantCulture,
                $"The deadline of {budget.TotalMilliseconds:0} ms ran out after {elapsed.TotalMilliseconds:0} ms. Ask with more time, or ask for less; only repeat it under the same Idempotency-Key."),
            budget,
            innerException!) => Elapsed = elapsed;

    /// <summary>Initializes a refusal without figures.</summary>
    public DeadlineExceededException()
    {
    }

    /// <summary>Initializes a refusal without figures.</summary>
    /// <param name="message">What happened.</param>
    public DeadlineExceededException(string message)
        : base(message)
    {
    }

    /// <summary>Initializes a refusal without figures.</summary>
    /// <param name="message">What happened.</param>
    /// <param name="innerException">Why.</param>
    public DeadlineExceededException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    /// <summary>Gets how much time had passed.</summary>
    /// <value>A time of 0 or more.</value>
    public TimeSpan Elapsed { get; }
}
