using System.Runtime.CompilerServices;
using Polly;
using Polly.Telemetry;
using Resilience.Outcomes;

namespace Resilience.Bulkheads;

/// <summary>Runs a pipeline's calls on a bulkhead's threads.</summary>
internal sealed class ThreadBulkheadResilienceStrategy(ThreadBulkhead bulkhead, bool owned, ResilienceStrategyTelemetry telemetry)
    : ResilienceStrategy, IAsyncDisposable
{
    /// <summary>Polly calls it with the pipeline: a bulkhead that other pipelines may use as well goes on.</summary>
    public ValueTask DisposeAsync() => owned ? bulkhead.DisposeAsync() : default;

    protected override ValueTask<Outcome<TResult>> ExecuteCore<TResult, TState>(
        Func<ResilienceContext, TState, ValueTask<Outcome<TResult>>> callback, ResilienceContext context, TState state)
    {
        var work = AsyncWork<(Func<ResilienceContext, TState, ValueTask<Outcome<TResult>>> Callback, ResilienceContext Context, TState State), Outcome<TResult>>.Rent(
            static (call, _) => RunAsync(call.Callback, call.Context, call.State), (callback, context, state), SynchronousCalls.IsSynchronous(context));

        return bulkhead.Submit(work, context.CancellationToken, out var running) is { } refusal
            ? new ValueTask<Outcome<TResult>>(Refuse<TResult>(refusal, context))
            : FinishAsync(running, context);
    }

    // On the bulkhead's thread. A time-out further out may have asked for a way to interrupt what runs here, and only that.
    private static ValueTask<Outcome<TResult>> RunAsync<TResult, TState>(
        Func<ResilienceContext, TState, ValueTask<Outcome<TResult>>> callback, ResilienceContext context, TState state)
    {
        if (!context.Properties.TryGetValue(CallInterruption.Key, out var interruption) || interruption is null)
        {
            return callback(context, state);
        }

        var work = ThreadBulkhead.CurrentWork;
        interruption.Register(() => work.Interrupt());
        try
        {
            return callback(context, state);
        }
        finally
        {
            interruption.Register(null);
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<Outcome<TResult>> FinishAsync<TResult>(ValueTask<Outcome<TResult>> running, ResilienceContext context)
    {
        try
        {
            return await running.ConfigureAwait(context.ContinueOnCapturedContext);
        }
        catch (Exception exception)
        {
            return Refuse<TResult>(exception, context); // it left the queue without having begun
        }
    }

    private Outcome<TResult> Refuse<TResult>(Exception exception, ResilienceContext context) => Outcome.FromException<TResult>(
        exception is BulkheadRejectedException refusal ? BulkheadTelemetry.Rejected(telemetry, context, refusal) : exception);
}
