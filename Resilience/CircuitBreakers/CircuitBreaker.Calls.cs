using Resilience.Outcomes;
using Resilience.Telemetry;

namespace Resilience.CircuitBreakers;

/// <content>Making calls through a breaker that stands alone.</content>
public sealed partial class CircuitBreaker
{
    /// <summary>Makes a call if the breaker lets it through, and learns from how it went.</summary>
    /// <typeparam name="TState">What the call works on.</typeparam>
    /// <typeparam name="TResult">What the call returns.</typeparam>
    /// <param name="call">The call. Static, if what it needs is in <paramref name="state"/>: then nothing is allocated.</param>
    /// <param name="state">Handed to the call.</param>
    /// <param name="cancellationToken">Handed to the call. If it is cancelled the call says nothing about what it called.</param>
    /// <returns>What the call returned.</returns>
    /// <exception cref="CircuitBreakerRejectedException">The breaker refused the call.</exception>
    public ValueTask<TResult> ExecuteAsync<TState, TResult>(
        Func<TState, CancellationToken, ValueTask<TResult>> call, TState state, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(call);

        if (!TryEnter(out var token))
        {
            return ValueTask.FromException<TResult>(Refusal(token));
        }

        ValueTask<TResult> pending;
        try
        {
            pending = call(state, cancellationToken);
            if (pending.IsCompletedSuccessfully)
            {
                var result = pending.Result;
                Exit(token, CallResult.Success);
                return new(result);
            }
        }
        catch (Exception exception)
        {
            Exit(token, exception, cancellationToken);
            return ValueTask.FromException<TResult>(exception);
        }

        return FinishAsync(pending, token, cancellationToken);
    }

    /// <inheritdoc cref="ExecuteAsync{TState, TResult}"/>
    public ValueTask<TResult> ExecuteAsync<TResult>(Func<CancellationToken, ValueTask<TResult>> call, CancellationToken cancellationToken) =>
        ExecuteAsync(static (call, cancellationToken) => call(cancellationToken), call, cancellationToken);

    /// <inheritdoc cref="ExecuteAsync{TState, TResult}"/>
    /// <returns>When the call has ended.</returns>
    public async ValueTask ExecuteAsync(Func<CancellationToken, ValueTask> call, CancellationToken cancellationToken) =>
        await ExecuteAsync(
            static async (call, cancellationToken) =>
            {
                await call(cancellationToken).ConfigureAwait(false);
                return 0;
            },
            call,
            cancellationToken).ConfigureAwait(false);

    /// <summary>Tells that a call ended with an exception.</summary>
    /// <param name="token">What <see cref="TryEnter"/> handed out.</param>
    /// <param name="exception">The exception.</param>
    /// <param name="callersToken">The token that the caller handed in: a cancellation that it asked for says nothing.</param>
    public void Exit(in CallToken token, Exception exception, CancellationToken callersToken)
    {
        var verdict = Classify(exception, callersToken);
        Exit(token, verdict.Result, verdict.RetryAfter);
    }

    /// <summary>Says what an exception says.</summary>
    /// <param name="exception">The exception.</param>
    /// <param name="callersToken">The token that the caller handed in.</param>
    /// <returns>The verdict of the options' own rule, or of the built-in one where there is none or it throws.</returns>
    internal CallVerdict Classify(Exception exception, CancellationToken callersToken)
    {
        if (_settings.ClassifyException is { } classify && !Cancellations.IsCallersOwn(exception, callersToken)
            && TryAsk(classify, exception, out var verdict))
        {
            return verdict;
        }

        return new(Cancellations.Classify(exception, callersToken));
    }

    /// <summary>Asks a user's rule.</summary>
    /// <typeparam name="T">What it looks at.</typeparam>
    /// <param name="rule">The rule.</param>
    /// <param name="about">What to look at.</param>
    /// <param name="verdict">What it said.</param>
    /// <returns>False when it threw, which is counted.</returns>
    internal bool TryAsk<T>(Func<T, CallVerdict> rule, T about, out CallVerdict verdict)
    {
#pragma warning disable CA1031 // A user's callback may throw anything, and must not keep a call from being counted.
        try
        {
            verdict = rule(about);
            return true;
        }
        catch (Exception exception)
        {
            CallbackErrors.Count(Name, exception);
            verdict = default;
            return false;
        }
#pragma warning restore CA1031
    }

    private async ValueTask<TResult> FinishAsync<TResult>(ValueTask<TResult> pending, CallToken token, CancellationToken callersToken)
    {
        TResult result;
        try
        {
            result = await pending.ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            Exit(token, exception, callersToken);
            throw;
        }

        Exit(token, CallResult.Success);
        return result;
    }
}
