using System.Globalization;
using Polly.CircuitBreaker;

namespace Resilience.CircuitBreakers;

/// <summary>A call was not made, because what it would have called does not work, or somebody isolated it.</summary>
/// <remarks>
/// A new instance each time, without a stack until thrown. Its words are put together when somebody reads them, since most refusals are counted
/// and dropped; and it has no field of its own, which keeps a refusal in a pipeline at the 200 bytes that Polly's costs.
/// </remarks>
public sealed class CircuitBreakerRejectedException : BrokenCircuitException
{
    // What the base class keeps as its message, which nobody else sees.
    private static readonly string[] _words =
    [
        "has just closed",
        "is open, because what it guards fails",
        "is trying out with a few calls whether what it guards works again",
        "lets only a share of the calls through, since what it guards has just recovered",
        "was isolated by somebody, and stays so until somebody closes it",
    ];

    /// <summary>Initializes a refusal by a breaker that closes when a time is over.</summary>
    /// <param name="breakerName">The breaker's name.</param>
    /// <param name="state">The state it was in.</param>
    /// <param name="retryAfter">When it is worth trying again; negative counts as zero.</param>
    public CircuitBreakerRejectedException(string breakerName, BreakerState state, TimeSpan retryAfter)
        : base(_words[(int)state], retryAfter < TimeSpan.Zero ? TimeSpan.Zero : retryAfter) => Source = breakerName;

    /// <summary>Initializes a refusal by a breaker that somebody isolated: nobody knows for how long.</summary>
    /// <param name="breakerName">The breaker's name.</param>
    public CircuitBreakerRejectedException(string breakerName)
        : base(_words[(int)BreakerState.Isolated]) => Source = breakerName;

    /// <summary>Gets the name of the breaker that refused, which is also the <see cref="Exception.Source"/>.</summary>
    public string BreakerName => Source ?? string.Empty;

    /// <summary>Gets the state that it was in.</summary>
    public BreakerState State => (BreakerState)Array.IndexOf(_words, base.Message);

    /// <inheritdoc/>
    public override string Message => string.Create(CultureInfo.InvariantCulture, $"The call was not made: the circuit breaker {BreakerName} {base.Message}. {Advice}");

    private string Advice => RetryAfter is { } after
        ? string.Create(CultureInfo.InvariantCulture, $"Try again in {after.TotalSeconds:0.###} s, or do without.")
        : "Do without.";
}
