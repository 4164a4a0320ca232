using System.Runtime.CompilerServices;
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
        Func<ResilienceContext, TState, ValueTask<Outcome<TResult>>> callback, ResilienceContext context, TState state)
    {
        var breaker = _breaker ?? _choose!(context);
        if (!breaker.TryEnter(out var token))
        {
            return RefuseAsync<TResult>(breaker, token);
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
            Exit(breaker, token, outcome.Exception, context.CancellationToken);
            return new(outcome);
        }

        return WaitAsync(breaker, pending, token, context);
    }

    // Apart, as the next: the locals of all that stands in one method are cleared for each call that it makes.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private ValueTask<Outcome<TResult>> RefuseAsync<TResult>(CircuitBreaker breaker, in CallToken token)
    {
        var refusal = breaker.Refusal(token);
        _reporter.Sign(refusal);
        return new(Outcome.FromException<TResult>(refusal));
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static ValueTask<Outcome<TResult>> WaitAsync<TResult>(
        CircuitBreaker breaker, ValueTask<Outcome<TResult>> pending, in CallToken token, ResilienceContext context) =>
        PendingOutcome<TResult, Ending<TResult>>.AwaitAsync(pending, new(breaker, token, context.CancellationToken), context.ContinueOnCapturedContext);

    private static void Exit(CircuitBreaker breaker, in CallToken token, Exception? exception, CancellationToken callersToken)
    {
        if (exception is null)
        {
            breaker.Exit(token, CallResult.Success);
        }
        else
        {
            breaker.Exit(token, exception, callersToken);
        }
    }

    private readonly struct Ending<TResult>(CircuitBreaker breaker, CallToken token, CancellationToken callersToken) : IEnding<TResult>
    {
        public ValueTask<Outcome<TResult>> EndAsync(Outcome<TResult> outcome)
        {
            Exit(breaker, token, outcome.Exception, callersToken);
            return new(outcome);
        }
    }
}
