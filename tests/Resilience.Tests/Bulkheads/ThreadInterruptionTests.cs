using Resilience.Bulkheads;
using Xunit;

namespace Resilience.Tests.Bulkheads;

public sealed class ThreadInterruptionTests : IAsyncDisposable
{
    private readonly ThreadBulkhead _bulkhead =
        new("legacy", new ThreadBulkheadOptions { Threads = 1, InterruptOnCancellation = true, DrainTimeout = TimeSpan.Zero });

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => _bulkhead.DisposeAsync();

    [Fact]
    public async Task A_caller_who_cancels_interrupts_work_that_blocks_without_a_token()
    {
        using var cancellation = new CancellationTokenSource();
        var began = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var blocking = BlockForEverAsync(began, cancellation.Token);
        await began.Task;

        await cancellation.CancelAsync();

        var exception = await Assert.ThrowsAsync<OperationCanceledException>(() => blocking);
        Assert.IsType<ThreadInterruptedException>(exception.InnerException);
        Assert.Equal(1, _bulkhead.Snapshot().Interrupted);
    }

    [Fact]
    public async Task A_time_out_inside_the_work_interrupts_it_by_its_handle()
    {
        var handle = new TaskCompletionSource<WorkHandle>(TaskCreationOptions.RunContinuationsAsynchronously);
        var blocking = _bulkhead.ExecuteAsync(
            _ =>
            {
                handle.SetResult(ThreadBulkhead.CurrentWork);
                new ManualResetEventSlim().Wait(CancellationToken.None);
                return 1;
            },
            Token).AsTask();

        Assert.True((await handle.Task).Interrupt());

        await Assert.ThrowsAsync<ThreadInterruptedException>(() => blocking);
        Assert.False((await handle.Task).Interrupt()); // it is over
        Assert.False(ThreadBulkhead.CurrentWork.Interrupt()); // here runs nobody's
    }

    [Fact]
    public async Task An_interruption_that_its_work_did_not_feel_never_reaches_the_next()
    {
        for (var round = 0; round < 100; round++)
        {
            Assert.True(await _bulkhead.ExecuteAsync(static _ => ThreadBulkhead.CurrentWork.Interrupt(), Token)); // by itself, and it blocks nowhere

            Assert.False(await _bulkhead.ExecuteAsync(static _ => new ManualResetEventSlim().Wait(0, CancellationToken.None), Token));
            Assert.True(await _bulkhead.ExecuteAsync(static _ => !Thread.CurrentThread.Join(0), Token));
        }
    }

    [Fact]
    public async Task Interruptions_at_the_moment_at_which_work_ends_hit_that_work_or_nothing()
    {
        for (var round = 0; round < 300; round++)
        {
            using var cancellation = new CancellationTokenSource();
            var began = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            var racing = _bulkhead.ExecuteAsync(
                token =>
                {
                    began.SetResult();
                    Thread.SpinWait(round);
                    return 1;
                },
                cancellation.Token).AsTask();
            await began.Task;
            await cancellation.CancelAsync();

            Assert.False(await _bulkhead.ExecuteAsync(static _ => Thread.CurrentThread.Join(0), Token)); // throws if it was hit
            Assert.Equal(1, await racing);
        }
    }

    private Task<int> BlockForEverAsync(TaskCompletionSource began, CancellationToken cancellationToken) => _bulkhead.ExecuteAsync(
        _ =>
        {
            began.SetResult();
            new ManualResetEventSlim().Wait(CancellationToken.None);
            return 1;
        },
        cancellationToken).AsTask();
}
