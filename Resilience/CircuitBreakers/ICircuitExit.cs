using Polly;

namespace Resilience.CircuitBreakers;

/// <summary>Tells a breaker how a call of a pipeline went. A struct, so that the call to it is direct.</summary>
/// <typeparam name="TResult">What the call returns.</typeparam>
internal interface ICircuitExit<TResult>
{
    /// <summary>Tells it.</summary>
    void Exit(CircuitBreaker breaker, in CallToken token, in Outcome<TResult> outcome, CancellationToken callersToken);
}
