using Polly;
using Resilience.Bulkheads;
using Resilience.Outcomes;
using Xunit;

namespace Resilience.Tests.Bulkheads;

public sealed class ThreadBulkheadStrategyTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_pipelines_calls_run_on_the_bulkheads_threads_and_it_ends_with_the_pipeline()
    {
        using var provider = new PipelineOwner(builder => builder.AddThreadBulkhead(new ThreadBulkheadOptions { Name = "legacy", Threads = 1 }));

        var name = await provider.Pipeline.ExecuteAsync(static _ => ValueTask.FromResult(Thread.CurrentThread.Name), Token);
        await Assert.ThrowsAsync<NotSupportedException>(async () => await provider.Pipeline.ExecuteAsync(static _ => throw new NotSupportedException(), Token));
        var later = await provider.Pipeline.ExecuteAsync(static async _ => { await Task.Yield(); return 3; }, Token);

        Assert.Equal(("legacy #1", 3), (name, later));
    }

    [Fact]
    public async Task A_refusal_comes_out_of_the_pipeline_as_what_it_is()
    {
        await using var bulkhead = new ThreadBulkhead("legacy", new ThreadBulkheadOptions { Threads = 1, QueueCapacity = 0 });
        var pipeline = new ResiliencePipelineBuilder().AddThreadBulkhead(bulkhead).Build();
        using var release = new ManualResetEventSlim();
        var blocking = pipeline.ExecuteAsync(_ => { release.Wait(Token); return default; }, Token).AsTask();

        var refusal = await Assert.ThrowsAsync<BulkheadRejectedException>(async () => await pipeline.ExecuteAsync(static _ => default, Token));
        release.Set();
        await blocking;

        Assert.Equal((BulkheadRejectionReason.QueueFull, "legacy"), (refusal.Reason, refusal.TelemetrySource?.StrategyName));
    }

    [Fact]
    public async Task Pitfall_blocking_Execute_nested_in_the_own_pool_is_a_clear_exception_through_a_pipeline_too()
    {
        await using var bulkhead = new ThreadBulkhead("legacy", new ThreadBulkheadOptions { Threads = 1 });
        var pipeline = new ResiliencePipelineBuilder().AddThreadBulkhead(bulkhead).Build();

        var outer = Task.Run(() => pipeline.Execute(_ => pipeline.Execute(static _ => 1, Token), Token), Token);

        await Assert.ThrowsAsync<BulkheadDeadlockException>(() => outer.WaitAsync(TimeSpan.FromSeconds(10), Token));
    }

    [Fact]
    public void Polly_still_says_where_we_look_whether_a_call_is_blocking()
    {
        var seen = false;
        var pipeline = new ResiliencePipelineBuilder().AddStrategy(_ => new Probe(context => seen = SynchronousCalls.IsSynchronous(context)), new BulkheadOptions()).Build();

        pipeline.Execute(static () => { });

        Assert.True(seen);
        Assert.False(SynchronousCalls.IsSynchronous(ResilienceContextPool.Shared.Get(Token)));
    }

    private sealed class Probe(Action<ResilienceContext> look) : ResilienceStrategy
    {
        protected override ValueTask<Outcome<TResult>> ExecuteCore<TResult, TState>(
            Func<ResilienceContext, TState, ValueTask<Outcome<TResult>>> callback, ResilienceContext context, TState state)
        {
            look(context);
            return callback(context, state);
        }
    }

    // Polly disposes the pipelines of a registry only.
    private sealed class PipelineOwner : IDisposable
    {
        private readonly Polly.Registry.ResiliencePipelineRegistry<string> _registry = new();

        public PipelineOwner(Action<ResiliencePipelineBuilder> configure) => Pipeline = _registry.GetOrAddPipeline("one", configure);

        public ResiliencePipeline Pipeline { get; }

        public void Dispose() => _registry.Dispose();
    }
}
