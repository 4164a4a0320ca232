namespace Resilience.CircuitBreakers;

/// <summary>One change of a circuit breaker's state.</summary>
/// <param name="Name">The breaker's name.</param>
/// <param name="Epoch">The number of the state that begins; one more than that of the state that ends.</param>
/// <param name="From">The state that ends.</param>
/// <param name="To">The state that begins.</param>
/// <param name="Reason">Why.</param>
/// <param name="BreakDuration">How long calls are refused when it opens; zero otherwise.</param>
public readonly record struct CircuitTransition(
    string Name,
    long Epoch,
    BreakerState From,
    BreakerState To,
    TransitionReason Reason,
    TimeSpan BreakDuration);
