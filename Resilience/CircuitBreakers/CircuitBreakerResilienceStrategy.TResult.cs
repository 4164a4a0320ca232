using System.Runtime.CompilerServices;
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
        Func<ResilienceContext, TState, ValueTask<Outcome<TResult>>> callback, ResilienceContext context, TState state)
    {
        var breaker = _breaker ?? _choose!(context);
        if (!breaker.TryEnter(out var token))
        {
            return RefuseAsync(breaker, token);
        }

        ValueTask<Outcome<TResult>> pending;
        try
        {
            pending = callback(context, state);
        }
        catch (Exception exception)
        {
            pending = new(Outcome.FromException<TResult>(exception));
        }

        if (pending.IsCompletedSuccessfully)
        {
            var outcome = pending.Result;
            Exit(breaker, token, outcome, context.CancellationToken);
            return new(outcome);
        }

        return WaitAsync(breaker, pending, token, context);
    }

    // Apart, as the next: the locals of all that stands in one method are cleared for each call that it makes.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private ValueTask<Outcome<TResult>> RefuseAsync(CircuitBreaker breaker, in CallToken token)
    {
        var refusal = breaker.Refusal(token);
        _reporter.Sign(refusal);
        return new(Outcome.FromException<TResult>(refusal));
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private ValueTask<Outcome<TResult>> WaitAsync(
        CircuitBreaker breaker, ValueTask<Outcome<TResult>> pending, in CallToken token, ResilienceContext context) =>
        PendingOutcome<TResult, Ending>.AwaitAsync(pending, new(this, breaker, token, context.CancellationToken), context.ContinueOnCapturedContext);

    private void Exit(CircuitBreaker breaker, in CallToken token, in Outcome<TResult> outcome, CancellationToken callersToken)
    {
        if (_classify is not null && !Cancellations.IsCallersOwn(outcome.Exception, callersToken) && breaker.TryAsk(_classify, outcome, out var verdict))
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

    private readonly struct Ending(CircuitBreakerResilienceStrategy<TResult> strategy, CircuitBreaker breaker, CallToken token, CancellationToken callersToken)
        : IEnding<TResult>
    {
        public ValueTask<Outcome<TResult>> EndAsync(Outcome<TResult> outcome)
        {
            strategy.Exit(breaker, token, outcome, callersToken);
            return new(outcome);
        }
    }
}
