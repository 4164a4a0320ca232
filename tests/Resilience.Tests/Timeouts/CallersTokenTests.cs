using Polly;
using Resilience.Timeouts;
using Xunit;

namespace Resilience.Tests.Timeouts;

/// <summary>When a call's token listens to its caller's: only once the call has to be waited for, and never too late.</summary>
public sealed class CallersTokenTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_cancellation_during_the_calls_synchronous_part_reaches_it_when_it_waits()
    {
        var timeout = new OperationTimeout("inventory");
        using var caller = new CancellationTokenSource();

        var thrown = await Assert.ThrowsAsync<OperationCanceledException>(async () => await timeout.ExecuteAsync(
            async token =>
            {
                await caller.CancelAsync();
                await new TaskCompletionSource().Task.WaitAsync(token);
                return 0;
            },
            caller.Token));
        Assert.Equal(caller.Token, thrown.CancellationToken);
    }

    [Fact]
    public async Task A_token_that_was_cancelled_before_is_seen_at_once()
    {
        var seen = await new OperationTimeout("inventory").ExecuteAsync(static token => new ValueTask<bool>(token.IsCancellationRequested), new(canceled: true));

        Assert.True(seen);
    }

    [Fact]
    public void A_cancellation_reaches_a_call_that_blocks_in_Pollys_blocking_Execute()
    {
        var pipeline = new ResiliencePipelineBuilder().AddOperationTimeout(TimeSpan.FromSeconds(30)).Build();
        using var caller = new CancellationTokenSource();

        Assert.True(pipeline.Execute(
            token =>
            {
                caller.Cancel();
                return token.IsCancellationRequested;
            },
            caller.Token));
    }

    [Fact]
    public async Task A_cancellation_reaches_a_call_inside_two_time_outs()
    {
        var pipeline = new ResiliencePipelineBuilder().AddOperationTimeout(TimeSpan.FromSeconds(30)).AddOperationTimeout(TimeSpan.FromSeconds(10)).Build();
        using var caller = new CancellationTokenSource();
        var running = pipeline.ExecuteAsync(static async token => await new TaskCompletionSource().Task.WaitAsync(token), caller.Token);
        Assert.False(running.IsCompleted);
        await caller.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await running);
    }

    [Fact]
    public async Task A_call_that_ends_at_once_does_not_listen_to_a_token_that_is_new_each_time()
    {
        var pipeline = new ResiliencePipelineBuilder<int>().AddOperationTimeout(TimeSpan.FromSeconds(30)).AddOperationTimeout(TimeSpan.FromSeconds(10)).Build();
        var least = long.MaxValue;
        for (var round = 0; round < 20 && least > 0; round++)
        {
            var callers = Enumerable.Range(0, 100).Select(static _ => new CancellationTokenSource()).ToArray();
            var before = GC.GetAllocatedBytesForCurrentThread();
            foreach (var caller in callers)
            {
                await pipeline.ExecuteAsync(static _ => ValueTask.FromResult(1), caller.Token);
            }

            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
            Array.ForEach(callers, static caller => caller.Dispose());
        }

        Assert.Equal(0, least);
        Token.ThrowIfCancellationRequested();
    }
}
