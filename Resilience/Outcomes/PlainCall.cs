using Polly;

namespace Resilience.Outcomes;

/// <summary>Runs an ordinary delegate through a pattern that speaks in outcomes: what makes a pattern stand alone, without a pipeline.</summary>
/// <remarks>Allocates nothing, and makes no async frame, when the delegate ends synchronously.</remarks>
internal static class PlainCall
{
    /// <summary>Runs a delegate.</summary>
    /// <typeparam name="TPattern">The pattern; a struct, so that the call to it is direct.</typeparam>
    /// <typeparam name="TResult">What the delegate returns.</typeparam>
    /// <typeparam name="TState">What it is handed.</typeparam>
    /// <param name="pattern">The pattern.</param>
    /// <param name="callback">The delegate.</param>
    /// <param name="state">Handed to the delegate.</param>
    /// <param name="cancellationToken">The caller's token.</param>
    /// <returns>What the delegate returns.</returns>
    public static ValueTask<TResult> RunAsync<TPattern, TResult, TState>(
        TPattern pattern, Func<TState, CancellationToken, ValueTask<TResult>> callback, TState state, CancellationToken cancellationToken)
        where TPattern : struct, IOutcomePattern<TResult>
    {
        var context = ResilienceContextPool.Shared.Get(cancellationToken);
        var running = pattern.ExecuteAsync(
            static (context, call) => InvokeAsync(call.callback, call.state, context.CancellationToken), context, (callback, state));
        if (!running.IsCompletedSuccessfully)
        {
            return FinishAsync(running, context);
        }

        ResilienceContextPool.Shared.Return(context);
        var ended = running.Result;
        return ended.Exception is { } thrown ? ValueTask.FromException<TResult>(thrown) : new(ended.Result!); // it is awaited, so it keeps its trace

        static async ValueTask<TResult> FinishAsync(ValueTask<Outcome<TResult>> running, ResilienceContext context)
        {
            var outcome = await running.ConfigureAwait(false);
            ResilienceContextPool.Shared.Return(context);
            outcome.ThrowIfException();
            return outcome.Result!;
        }
    }

    /// <summary>Runs a delegate that returns nothing.</summary>
    /// <typeparam name="TPattern">The pattern; a struct, so that the call to it is direct.</typeparam>
    /// <param name="pattern">The pattern.</param>
    /// <param name="callback">The delegate.</param>
    /// <param name="cancellationToken">The caller's token.</param>
    /// <returns>Ends as the delegate does.</returns>
    public static async ValueTask RunAsync<TPattern>(TPattern pattern, Func<CancellationToken, ValueTask> callback, CancellationToken cancellationToken)
        where TPattern : struct, IOutcomePattern<object?> => await RunAsync<TPattern, object?, Func<CancellationToken, ValueTask>>(
            pattern,
            static async (call, token) =>
            {
                await call(token).ConfigureAwait(false);
                return null;
            },
            callback,
            cancellationToken).ConfigureAwait(false);

    private static ValueTask<Outcome<TResult>> InvokeAsync<TResult, TState>(
        Func<TState, CancellationToken, ValueTask<TResult>> callback, TState state, CancellationToken cancellationToken)
    {
        try
        {
            var running = callback(state, cancellationToken);
            return running.IsCompletedSuccessfully ? new(Outcome.FromResult(running.Result)) : AwaitAsync(running);
        }
        catch (Exception exception)
        {
            return Outcome.FromExceptionAsValueTask<TResult>(exception);
        }

        static async ValueTask<Outcome<TResult>> AwaitAsync(ValueTask<TResult> running)
        {
            try
            {
                return Outcome.FromResult(await running.ConfigureAwait(false));
            }
            catch (Exception exception)
            {
                return Outcome.FromException<TResult>(exception);
            }
        }
    }
}
