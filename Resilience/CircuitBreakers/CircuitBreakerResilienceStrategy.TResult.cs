using Polly;
using Polly.Telemetry;
using Resilience.Outcomes;

namespace Resilience.CircuitBreakers;

/// <summary>A circuit breaker in a pipeline for one type of result, which may say that it failed without throwing.</summary>
internal sealed class CircuitBreakerResilienceStrategy<TResult> : ResilienceStrategy<TResult>
{
    private readonly CircuitBreaker? _breaker;
    private readonly Func<ResilienceContext, CircuitBreaker>? _choose;
    private readonly Func<Outcome<TResult>, CallVerdict>? _classify;
    private readonly TransitionReporter _reporter; // held here, since the breaker holds its listeners weakly

    public CircuitBreakerResilienceStrategy(
        CircuitBreaker breaker, Func<Outcome<TResult>, CallVerdict>? classify, ResilienceStrategyTelemetry telemetry)
    {
        _breaker = breaker;
        _classify = classify;
        _reporter = new(telemetry);
        breaker.Listen(_reporter);
    }

    public CircuitBreakerResilienceStrategy(
        Func<ResilienceContext, CircuitBreaker> choose, Func<Outcome<TResult>, CallVerdict>? classify, ResilienceStrategyTelemetry telemetry)
    {
        _choose = choose;
        _classify = classify;
        _reporter = new(telemetry);
    }

    protected override ValueTask<Outcome<TResult>> ExecuteCore<TState>(
        Func<ResilienceContext, TState, ValueTask<Outcome<TResult>>> callback, ResilienceContext context, TState state) =>
        CircuitCall.ExecuteAsync(_breaker ?? _choose!(context), _reporter, new ExitByVerdict(_classify), callback, context, state);

    private readonly struct ExitByVerdict(Func<Outcome<TResult>, CallVerdict>? classify) : ICircuitExit<TResult>
    {
        public void Exit(CircuitBreaker breaker, in CallToken token, in Outcome<TResult> outcome, CancellationToken callersToken)
        {
            if (classify is not null && !Cancellations.IsCallersOwn(outcome.Exception, callersToken) && breaker.TryAsk(classify, outcome, out var verdict))
            {
                breaker.Exit(token, verdict.Result, verdict.RetryAfter);
            }
            else if (outcome.Exception is { } exception)
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
