using System.Runtime.CompilerServices;
using Polly;
using Resilience.Outcomes;

namespace Resilience.CircuitBreakers;

/// <summary>What both strategies do with a call: let it through or refuse it, and tell the breaker how it went.</summary>
internal static class CircuitCall
{
    public static ValueTask<Outcome<TResult>> ExecuteAsync<TExit, TResult, TState>(
        CircuitBreaker breaker,
        TransitionReporter reporter,
        TExit exit,
        Func<ResilienceContext, TState, ValueTask<Outcome<TResult>>> callback,
        ResilienceContext context,
        TState state)
        where TExit : struct, ICircuitExit<TResult>
    {
        if (!breaker.TryEnter(out var token))
        {
            return RefuseAsync<TResult>(breaker, reporter, token);
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

        if (!pending.IsCompletedSuccessfully)
        {
            return WaitAsync(breaker, exit, pending, token, context);
        }

        var outcome = pending.Result;
        exit.Exit(breaker, token, outcome, context.CancellationToken);
        return new(outcome);
    }

    // Apart, as the next: the locals of all that stands in one method are cleared for each call that it makes.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static ValueTask<Outcome<TResult>> RefuseAsync<TResult>(CircuitBreaker breaker, TransitionReporter reporter, in CallToken token)
    {
        var refusal = breaker.Refusal(token);
        reporter.Sign(refusal);
        return new(Outcome.FromException<TResult>(refusal));
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static ValueTask<Outcome<TResult>> WaitAsync<TExit, TResult>(
        CircuitBreaker breaker, TExit exit, ValueTask<Outcome<TResult>> pending, in CallToken token, ResilienceContext context)
        where TExit : struct, ICircuitExit<TResult> => PendingOutcome<TResult, Ending<TExit, TResult>>.AwaitAsync(
            pending, new(breaker, exit, token, context.CancellationToken), context.ContinueOnCapturedContext);

    private readonly struct Ending<TExit, TResult>(CircuitBreaker breaker, TExit exit, CallToken token, CancellationToken callersToken) : IEnding<TResult>
        where TExit : struct, ICircuitExit<TResult>
    {
        public ValueTask<Outcome<TResult>> EndAsync(Outcome<TResult> outcome)
        {
            exit.Exit(breaker, token, outcome, callersToken);
            return new(outcome);
        }
    }
}
