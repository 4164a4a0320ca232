namespace Resilience.CircuitBreakers;

/// <summary>Hears of a breaker's transitions inside this library.</summary>
internal interface ITransitionListener
{
    /// <summary>Hears of one. Called in order, on a pool thread.</summary>
    /// <param name="transition">The transition.</param>
    void Heard(in CircuitTransition transition);
}
