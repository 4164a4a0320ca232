using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Time.Testing;
using Resilience.Bulkheads;
using Xunit;

namespace Resilience.Tests.Bulkheads;

public sealed class BulkheadTests
{
    private readonly FakeTimeProvider _time = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Runs_as_many_as_may_run_and_refuses_the_next()
    {
        using var bulkhead = new Bulkhead("inventory", new BulkheadOptions { MaxConcurrency = 2 }, _time);

        using var first = await bulkhead.AcquireAsync(Token);
        using var second = await bulkhead.AcquireAsync(Token);
        var refusal = await Assert.ThrowsAsync<BulkheadRejectedException>(async () => await bulkhead.AcquireAsync(Token));

        Assert.Equal(BulkheadRejectionReason.QueueFull, refusal.Reason);
        Assert.Equal(2, refusal.Limit);
        Assert.Equal(
            "The call was not let in by bulkhead 'inventory', which runs 2 at a time: 0 were waiting, which is as many as may. Shed the work or try later.",
            refusal.Message);
    }

    [Fact]
    public void A_permit_is_given_back_by_disposing_it()
    {
        using var bulkhead = new Bulkhead("inventory", new BulkheadOptions { MaxConcurrency = 1 });

        using (Assert.Single(TakeAll(bulkhead)))
        {
            Assert.False(bulkhead.TryAcquire(out _));
        }

        Assert.True(bulkhead.TryAcquire(out _));
    }

    [Fact]
    public void Pitfall_double_release_is_found_harmless_and_counted()
    {
        using var bulkhead = new Bulkhead("inventory", new BulkheadOptions { MaxConcurrency = 1 });
        Assert.True(bulkhead.TryAcquire(out var first));
        first.Dispose();
        Assert.True(bulkhead.TryAcquire(out var second)); // the same permit, in its second use

        first.Dispose();

        Assert.False(bulkhead.TryAcquire(out _));
        Assert.Equal(1, bulkhead.Snapshot().DoubleReleases);
        Assert.Equal(1, bulkhead.Snapshot().InUse);
        second.Dispose();
        Assert.Equal(0, bulkhead.Snapshot().InUse);
    }

    [Fact]
    public void Pitfall_double_release_throws_for_who_releases_by_name()
    {
        using var bulkhead = new Bulkhead("inventory", new BulkheadOptions { MaxConcurrency = 1 });
        Assert.True(bulkhead.TryAcquire(out var permit));
        permit.Release();

        var bug = Assert.Throws<InvalidOperationException>(permit.Release);

        Assert.Equal("A permit of bulkhead 'inventory' was given back twice. Give it back where it was taken, once; nothing was released this time.", bug.Message);
    }

    [Fact]
    public void P17_a_semaphore_grows_by_a_double_release_and_a_bulkhead_does_not()
    {
        using var semaphore = new SemaphoreSlim(1);
        semaphore.Release(); // nobody had it
        using var bulkhead = new Bulkhead("inventory", new BulkheadOptions { MaxConcurrency = 1 });
        bulkhead.TryAcquire(out var permit);
        permit.Dispose();
        permit.Dispose();

        Assert.Equal(2, semaphore.CurrentCount);
        Assert.Single(TakeAll(bulkhead));
    }

    [Fact]
    public void The_default_permit_is_no_leave_and_disposes_nothing()
    {
        var permit = default(Permit);

        permit.Dispose();
        permit.Release();
    }

    [Fact]
    public void Pitfall_resize_down_while_full_converges_and_is_never_negative()
    {
        using var bulkhead = new Bulkhead("inventory", new BulkheadOptions { MaxConcurrency = 4 });
        var permits = TakeAll(bulkhead);

        bulkhead.Resize(1);

        foreach (var permit in permits.Skip(1))
        {
            permit.Dispose();
            Assert.False(bulkhead.TryAcquire(out _));
            Assert.InRange(bulkhead.Snapshot().InUse, 1, 3);
        }

        permits[0].Dispose();
        Assert.Single(TakeAll(bulkhead));
    }

    [Fact]
    public async Task Pitfall_resize_up_wakes_exactly_the_difference()
    {
        using var bulkhead = new Bulkhead("inventory", new BulkheadOptions { MaxConcurrency = 1, MaxQueue = 10 }, _time);
        Assert.True(bulkhead.TryAcquire(out _));
        var waiting = Enumerable.Range(0, 5).Select(_ => bulkhead.AcquireAsync(Token).AsTask()).ToList();

        bulkhead.Resize(4);

        await Task.WhenAll(waiting.Take(3));
        Assert.False(waiting[3].IsCompleted);
        Assert.Equal((4, 2), (bulkhead.Snapshot().InUse, bulkhead.Snapshot().Queued));
    }

    [Fact]
    public void Resizing_beyond_all_that_was_before_finds_a_place_for_each_permit()
    {
        using var bulkhead = new Bulkhead("inventory", new BulkheadOptions { MaxConcurrency = 1 });
        Assert.True(bulkhead.TryAcquire(out var early));

        bulkhead.Resize(1000);

        Assert.Equal(999, TakeAll(bulkhead).Count);
        early.Dispose();
        Assert.Equal((999, 1000L), (bulkhead.Snapshot().InUse, bulkhead.Snapshot().Granted));
    }

    [Fact]
    public async Task Shutting_down_refuses_who_waits_and_who_comes_and_lets_who_is_in_leave()
    {
        var bulkhead = new Bulkhead("inventory", new BulkheadOptions { MaxConcurrency = 1, MaxQueue = 1 }, _time);
        Assert.True(bulkhead.TryAcquire(out var permit));
        var waiting = bulkhead.AcquireAsync(Token).AsTask();

        bulkhead.Dispose();
        bulkhead.Dispose();

        Assert.Equal(BulkheadRejectionReason.ShuttingDown, (await Assert.ThrowsAsync<BulkheadRejectedException>(() => waiting)).Reason);
        var late = await Assert.ThrowsAsync<BulkheadRejectedException>(async () => await bulkhead.AcquireAsync(Token));
        Assert.Equal("The call was not let in by bulkhead 'inventory', which runs 1 at a time: it is shutting down. Ask another instance.", late.Message);
        permit.Dispose();
        Assert.Equal(0, bulkhead.Snapshot().InUse);
        Assert.Equal(2, bulkhead.Snapshot().RejectedShutdown);
    }

    [Fact]
    public async Task Who_is_cancelled_before_he_comes_takes_no_permit()
    {
        using var bulkhead = new Bulkhead("inventory", new BulkheadOptions { MaxConcurrency = 1 });

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await bulkhead.AcquireAsync(new CancellationToken(canceled: true)));

        Assert.Equal((0, 1L), (bulkhead.Snapshot().InUse, bulkhead.Snapshot().Cancelled));
    }

    [Fact]
    public async Task A_call_holds_its_permit_until_it_is_over_whichever_way_it_ends()
    {
        using var bulkhead = new Bulkhead("inventory", new BulkheadOptions { MaxConcurrency = 1 });
        var gate = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);

        Assert.Equal(1, await bulkhead.ExecuteAsync(static _ => ValueTask.FromResult(1), Token));
        await Assert.ThrowsAsync<NotSupportedException>(async () => await bulkhead.ExecuteAsync<int>(static _ => throw new NotSupportedException(), Token));
        var running = bulkhead.ExecuteAsync(async _ => await gate.Task, Token);
        Assert.Equal(1, bulkhead.Snapshot().InUse);
        gate.SetException(new NotSupportedException());
        await Assert.ThrowsAsync<NotSupportedException>(async () => await running);

        Assert.Equal((0, 3L), (bulkhead.Snapshot().InUse, bulkhead.Snapshot().Granted));
    }

    [Theory]
    [InlineData(0, 0, "The bulkhead b can't be built: MaxConcurrency is 0, but must be from 1 to 100000.")]
    [InlineData(1, -1, "The bulkhead b can't be built: MaxQueue is -1, but must be from 0 to 100000.")]
    public void A_setting_out_of_its_range_is_refused_by_name(int maxConcurrency, int maxQueue, string message)
    {
        var options = new BulkheadOptions { MaxConcurrency = maxConcurrency, MaxQueue = maxQueue };

        Assert.Equal(message, Assert.Throws<ValidationException>(() => new Bulkhead("b", options)).Message);
    }

    private static List<Permit> TakeAll(Bulkhead bulkhead)
    {
        var permits = new List<Permit>();
        while (bulkhead.TryAcquire(out var permit))
        {
            permits.Add(permit);
        }

        return permits;
    }
}
