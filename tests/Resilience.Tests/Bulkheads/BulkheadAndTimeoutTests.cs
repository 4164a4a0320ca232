using Polly;
using Resilience.Bulkheads;
using Resilience.Timeouts;
using Xunit;

namespace Resilience.Tests.Bulkheads;

/// <summary>The two patterns don't know each other; they meet in what an ending says and in what a context carries.</summary>
public sealed class BulkheadAndTimeoutTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Pitfall_a_permit_is_held_until_the_abandoned_call_ends()
    {
        using var bulkhead = new Bulkhead("inventory", new BulkheadOptions { MaxConcurrency = 1 });
        var pipeline = new ResiliencePipelineBuilder().AddBulkhead(bulkhead).AddOperationTimeout(Abandon()).Build();
        var orphan = new TaskCompletionSource();

        await Assert.ThrowsAsync<OperationTimeoutException>(async () => await pipeline.ExecuteAsync(async _ => await orphan.Task, Token));
        Assert.Equal(1, bulkhead.Snapshot().InUse);
        orphan.SetResult();
        using var permit = await NextAsync(bulkhead);

        Assert.Equal(1, bulkhead.Snapshot().InUse);
    }

    [Fact]
    public async Task The_same_holds_without_a_pipeline()
    {
        using var bulkhead = new Bulkhead("inventory", new BulkheadOptions { MaxConcurrency = 1 });
        var timeout = new ResiliencePipelineBuilder().AddOperationTimeout(Abandon()).Build();
        var orphan = new TaskCompletionSource();

        await Assert.ThrowsAsync<OperationTimeoutException>(async () => await bulkhead.ExecuteAsync(
            async token =>
            {
                await timeout.ExecuteAsync(async _ => await orphan.Task, token);
                return 1;
            },
            Token));
        Assert.Equal(1, bulkhead.Snapshot().InUse);
        orphan.SetResult();
        using var permit = await NextAsync(bulkhead);

        Assert.Equal(1, bulkhead.Snapshot().InUse);
    }

    [Fact]
    public async Task A_time_out_that_interrupts_ends_work_that_blocks_on_the_bulkheads_thread()
    {
        await using var bulkhead = new ThreadBulkhead("legacy", new ThreadBulkheadOptions { Threads = 1 });
        var pipeline = new ResiliencePipelineBuilder()
            .AddOperationTimeout(new OperationTimeoutStrategyOptions { Timeout = TimeSpan.FromMilliseconds(20), Mode = TimeoutMode.Interrupt })
            .AddThreadBulkhead(bulkhead)
            .Build();

        await Assert.ThrowsAsync<OperationTimeoutException>(async () => await pipeline.ExecuteAsync(
            static _ =>
            {
                new ManualResetEventSlim().Wait(CancellationToken.None);
                return default;
            },
            Token));

        await pipeline.ExecuteAsync(static _ => default, Token); // the thread is free, and unharmed
        Assert.Equal(2, bulkhead.Snapshot().Completed);
    }

    private static OperationTimeoutStrategyOptions Abandon() =>
        new() { Timeout = TimeSpan.FromMilliseconds(10), GracePeriod = TimeSpan.Zero, Mode = TimeoutMode.Abandon };

    private static async Task<Permit> NextAsync(Bulkhead bulkhead)
    {
        Permit permit;
        while (!bulkhead.TryAcquire(out permit))
        {
            await Task.Yield();
        }

        return permit;
    }
}
