using Polly;
using Polly.Telemetry;
using Resilience.Outcomes;

namespace Resilience.CircuitBreakers;

/// <summary>A circuit breaker in a pipeline for any result: what returns succeeded, and what throws is classified.</summary>
internal sealed class CircuitBreakerResilienceStrategy : ResilienceStrategy
{
    private readonly CircuitBreaker? _breaker;
    private readonly Func<ResilienceContext, CircuitBreaker>? _choose;
    private readonly TransitionReporter _reporter; // held here, since the breaker holds its listeners weakly

    public CircuitBreakerResilienceStrategy(CircuitBreaker breaker, ResilienceStrategyTelemetry telemetry)
    {
        _breaker = breaker;
        _reporter = new(telemetry);
        breaker.Listen(_reporter);
    }

    public CircuitBreakerResilienceStrategy(Func<ResilienceContext, CircuitBreaker> choose, ResilienceStrategyTelemetry telemetry)
    {
        _choose = choose;
        _reporter = new(telemetry);
    }

    protected override ValueTask<Outcome<TResult>> ExecuteCore<TResult, TState>(
        Func<ResilienceContext, TState, ValueTask<Outcome<TResult>>> callback, ResilienceContext context, TState state) =>
        CircuitCall.ExecuteAsync(_breaker ?? _choose!(context), _reporter, default(ExitByException<TResult>), callback, context, state);

    private readonly struct ExitByException<TResult> : ICircuitExit<TResult>
    {
        public void Exit(CircuitBreaker breaker, in CallToken token, in Outcome<TResult> outcome, CancellationToken callersToken)
        {
            if (outcome.Exception is { } exception)
            {
                breaker.Exit(token, exception, callersToken);
            }
            else
            {
                breaker.Exit(token, CallResult.Success);
            }
        }
    }
}
