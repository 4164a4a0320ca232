using Polly;
using Resilience.Outcomes;

namespace Resilience.Attributes;

/// <summary>Runs the calls of one method through the pipeline that its attributes describe.</summary>
/// <remarks>
/// Made for generated code. A call that completes at once runs without an async frame and allocates nothing; a refusal travels as an outcome, so
/// that a fallback answers it without an exception being thrown. Safe for concurrent use.
/// </remarks>
public sealed class ProtectedMethod
{
    private readonly string _name;

    internal ProtectedMethod(string name, ResiliencePipeline pipeline) => (_name, Pipeline) = (name, pipeline);

    /// <summary>Gets what its calls run through.</summary>
    public ResiliencePipeline Pipeline { get; }

    /// <summary>Runs a call that returns something.</summary>
    /// <typeparam name="TState">What the call needs.</typeparam>
    /// <typeparam name="TResult">What it returns.</typeparam>
    /// <param name="state">What the call needs; handed over so that <paramref name="call"/> can be static.</param>
    /// <param name="call">Makes one attempt.</param>
    /// <param name="fallback">Answers when all attempts have failed, unless the caller itself has given up; null leaves the failure as it is.</param>
    /// <param name="cancellationToken">The caller's.</param>
    /// <returns>What the call, or else the fallback, returned.</returns>
    public ValueTask<TResult> ExecuteAsync<TState, TResult>(
        TState state,
        Func<TState, CancellationToken, ValueTask<TResult>> call,
        Func<TState, Exception, CancellationToken, ValueTask<TResult>>? fallback,
        CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(call);

        var context = ResilienceContextPool.Shared.Get(_name, cancellationToken);
        var pending = Pipeline.ExecuteOutcomeAsync(AttemptAsync, context, (state, call));
        return pending.IsCompletedSuccessfully
            ? FinishAsync(pending.Result, context, state, fallback, cancellationToken)
            : AwaitAsync(pending, context, state, fallback, cancellationToken);
    }

    /// <summary>Runs a call that returns nothing.</summary>
    /// <inheritdoc cref="ExecuteAsync{TState, TResult}"/>
    public ValueTask ExecuteAsync<TState>(
        TState state,
        Func<TState, CancellationToken, ValueTask> call,
        Func<TState, Exception, CancellationToken, ValueTask>? fallback,
        CancellationToken cancellationToken)
    {
        var pending = ExecuteAsync(
            (State: state, Call: call, Fallback: fallback),
            static (calls, token) => Nothing.FromAsync(calls.Call(calls.State, token)),
            fallback is null ? null : static (calls, failure, token) => Nothing.FromAsync(calls.Fallback!(calls.State, failure, token)),
            cancellationToken);
        return pending.IsCompletedSuccessfully ? default : new(pending.AsTask());
    }

    private static ValueTask<Outcome<TResult>> AttemptAsync<TState, TResult>(
        ResilienceContext context, (TState State, Func<TState, CancellationToken, ValueTask<TResult>> Call) attempt)
    {
        try
        {
            var pending = attempt.Call(attempt.State, context.CancellationToken);
            return pending.IsCompletedSuccessfully ? Outcome.FromResultAsValueTask(pending.Result) : AwaitAsync(pending);
        }
        catch (Exception exception)
        {
            return Outcome.FromExceptionAsValueTask<TResult>(exception); // thrown before there was anything to await
        }

        static async ValueTask<Outcome<TResult>> AwaitAsync(ValueTask<TResult> pending)
        {
            try
            {
                return Outcome.FromResult(await pending.ConfigureAwait(false));
            }
            catch (Exception exception)
            {
                return Outcome.FromException<TResult>(exception);
            }
        }
    }

    private async ValueTask<TResult> AwaitAsync<TState, TResult>(
        ValueTask<Outcome<TResult>> pending,
        ResilienceContext context,
        TState state,
        Func<TState, Exception, CancellationToken, ValueTask<TResult>>? fallback,
        CancellationToken cancellationToken)
    {
        var outcome = await pending.ConfigureAwait(false);
        return await FinishAsync(outcome, context, state, fallback, cancellationToken).ConfigureAwait(false);
    }

    private ValueTask<TResult> FinishAsync<TState, TResult>(
        Outcome<TResult> outcome,
        ResilienceContext context,
        TState state,
        Func<TState, Exception, CancellationToken, ValueTask<TResult>>? fallback,
        CancellationToken cancellationToken)
    {
        ResilienceContextPool.Shared.Return(context);
        if (outcome.Exception is not { } failure)
        {
            return new(outcome.Result!);
        }

        if (fallback is null || Cancellations.IsCallersOwn(failure, cancellationToken))
        {
            return ThrowAsync(outcome);
        }

        FallbackTelemetry.Answered(_name, failure);
        return fallback(state, failure, cancellationToken);
    }

    // In a frame of its own, so that the exception reaches the caller by the task and keeps the stack it was thrown with.
    private static async ValueTask<TResult> ThrowAsync<TResult>(Outcome<TResult> outcome)
    {
        await default(ValueTask).ConfigureAwait(false);
        outcome.ThrowIfException();
        return outcome.Result!;
    }

    private readonly struct Nothing
    {
        public static ValueTask<Nothing> FromAsync(ValueTask pending)
        {
            if (!pending.IsCompletedSuccessfully)
            {
                return AwaitAsync(pending);
            }

            pending.GetAwaiter().GetResult(); // gives a pooled source back
            return default;
        }

        private static async ValueTask<Nothing> AwaitAsync(ValueTask pending)
        {
            await pending.ConfigureAwait(false);
            return default;
        }
    }
}
