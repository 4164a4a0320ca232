using Polly;
using Polly.Telemetry;
using Resilience.Bulkheads;
using Xunit;

namespace Resilience.Tests.Bulkheads;

public sealed class BulkheadStrategyTests
{
#if DEBUG
    private const string? OnlyOptimized = "Debug keeps async state machines as objects";
#else
    private const string? OnlyOptimized = null;
#endif

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_pipelines_calls_run_through_its_bulkhead()
    {
        var pipeline = new ResiliencePipelineBuilder().AddBulkhead(new BulkheadOptions { Name = "inventory", MaxConcurrency = 1 }).Build();
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var running = pipeline.ExecuteAsync(async _ => await gate.Task, Token).AsTask();

        var refusal = await Assert.ThrowsAsync<BulkheadRejectedException>(async () => await pipeline.ExecuteAsync(static _ => default, Token));
        gate.SetResult();
        await running;
        await pipeline.ExecuteAsync(static _ => default, Token);

        Assert.Equal("inventory", refusal.TelemetrySource?.StrategyName);
    }

    [Fact]
    public async Task One_who_waits_runs_as_soon_as_there_is_room_and_a_call_that_throws_gives_its_permit_back()
    {
        using var bulkhead = new Bulkhead("inventory", new BulkheadOptions { MaxConcurrency = 1, MaxQueue = 1 });
        var pipeline = new ResiliencePipelineBuilder<int>().AddBulkhead(bulkhead).Build();
        Assert.True(bulkhead.TryAcquire(out var permit));
        var waiting = pipeline.ExecuteAsync<int>(static _ => throw new NotSupportedException(), Token).AsTask();

        permit.Dispose();

        await Assert.ThrowsAsync<NotSupportedException>(() => waiting);
        Assert.Equal(0, bulkhead.Snapshot().InUse);
        Assert.Equal(5, await pipeline.ExecuteAsync(static async _ => { await Task.Yield(); return 5; }, Token));
    }

    [Fact]
    public async Task A_refusal_is_an_event_for_Pollys_listeners()
    {
        using var bulkhead = new Bulkhead("inventory", new BulkheadOptions { MaxConcurrency = 1 });
        var listener = new Listener();
        var builder = new ResiliencePipelineBuilder { TelemetryListener = listener };
        var pipeline = builder.AddBulkhead(bulkhead).Build();
        bulkhead.TryAcquire(out _);

        await Assert.ThrowsAsync<BulkheadRejectedException>(async () => await pipeline.ExecuteAsync(static _ => default, Token));

        Assert.Equal(["OnBulkheadRejected"], listener.Events);
    }

    [Fact]
    public async Task A_priority_selector_that_throws_counts_as_normal_and_costs_no_permit()
    {
        var options = new BulkheadOptions { MaxConcurrency = 1, MaxQueue = 1, QueueOrder = BulkheadQueueOrder.Priority, PrioritySelector = static _ => throw new NotSupportedException() };
        using var bulkhead = new Bulkhead("inventory", options);
        var pipeline = new ResiliencePipelineBuilder().AddBulkhead(bulkhead).Build();
        bulkhead.TryAcquire(out var permit);

        var waiting = pipeline.ExecuteAsync(static _ => default, Token).AsTask();
        permit.Dispose();
        await waiting;

        Assert.Equal((0, 2L), (bulkhead.Snapshot().InUse, bulkhead.Snapshot().Granted));
    }

    [Fact(Skip = OnlyOptimized)]
    public void A_call_that_passes_allocates_nothing_and_one_that_is_refused_at_most_200_bytes()
    {
        using var bulkhead = new Bulkhead("inventory", new BulkheadOptions { MaxConcurrency = 1 });
        var pipeline = new ResiliencePipelineBuilder<int>().AddBulkhead(bulkhead).Build();
        var context = ResilienceContextPool.Shared.Get(Token);
        Measure(pipeline, context);

        Assert.Equal(0, Measure(pipeline, context));
        bulkhead.TryAcquire(out _);
        Measure(pipeline, context);
        Assert.InRange(Measure(pipeline, context) / 1_000, 1, 200);
        ResilienceContextPool.Shared.Return(context);
    }

    private static long Measure(ResiliencePipeline<int> pipeline, ResilienceContext context)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var call = 0; call < 1_000; call++)
        {
            Assert.True(pipeline.ExecuteOutcomeAsync(static (_, _) => Outcome.FromResultAsValueTask(1), context, 0).IsCompletedSuccessfully);
        }

        return GC.GetAllocatedBytesForCurrentThread() - before;
    }

    private sealed class Listener : TelemetryListener
    {
        public List<string> Events { get; } = [];

        public override void Write<TResult, TArgs>(in TelemetryEventArguments<TResult, TArgs> args)
        {
            if (args.Event.EventName.StartsWith("OnBulkhead", StringComparison.Ordinal))
            {
                Events.Add(args.Event.EventName);
            }
        }
    }
}
