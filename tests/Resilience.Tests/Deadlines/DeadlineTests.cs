using CsCheck;
using Microsoft.Extensions.Time.Testing;
using Resilience.Deadlines;
using Xunit;

namespace Resilience.Tests.Deadlines;

public sealed class DeadlineTests
{
    private readonly FakeTimeProvider _clock = new();

    [Fact]
    public void There_is_none_until_one_is_begun_and_none_after() =>
        Assert.Equal([null, true, null], Seen());

    [Fact]
    public void What_is_left_shrinks_to_zero_and_never_below()
    {
        using var scope = Deadline.Begin(TimeSpan.FromSeconds(2), _clock);
        var deadline = scope.Deadline!;

        _clock.Advance(TimeSpan.FromSeconds(1.5));
        Assert.Equal((TimeSpan.FromSeconds(0.5), TimeSpan.FromSeconds(1.5), false), (deadline.Remaining, deadline.Elapsed, deadline.IsExpired));

        _clock.Advance(TimeSpan.FromHours(1));
        Assert.Equal((TimeSpan.Zero, true), (deadline.Remaining, deadline.IsExpired));
        Assert.Equal(TimeSpan.FromSeconds(2), deadline.Budget);
    }

    [Fact]
    public void A_child_never_exceeds_its_parent() =>
        Gen.Select(Gen.Int[0, 10_000], Gen.Int[0, 10_000], Gen.Int[0, 10_000], Gen.Bool).Sample((outer, passed, inner, otherClock) =>
        {
            var clock = new FakeTimeProvider();
            using var parent = Deadline.Begin(TimeSpan.FromMilliseconds(outer), clock);
            clock.Advance(TimeSpan.FromMilliseconds(passed));
            using var child = Deadline.Begin(TimeSpan.FromMilliseconds(inner), otherClock ? new FakeTimeProvider() : clock);

            Assert.True(child.Deadline!.Remaining <= parent.Deadline!.Remaining);
            Assert.Equal(Math.Min(inner, Math.Max(0, outer - passed)), child.Deadline.Remaining.TotalMilliseconds);
        });

    [Fact]
    public void An_infinite_child_is_bound_by_its_parent_and_an_infinite_parent_binds_nothing()
    {
        using (Deadline.Begin(TimeSpan.FromSeconds(1), _clock))
        {
            using var inner = Deadline.Begin(Timeout.InfiniteTimeSpan, _clock);
            Assert.Equal(TimeSpan.FromSeconds(1), inner.Deadline!.Remaining);
        }

        using var never = Deadline.Begin(Timeout.InfiniteTimeSpan, _clock);
        Assert.Equal(Timeout.InfiniteTimeSpan, never.Deadline!.Remaining);
        Assert.False(never.Deadline.IsExpired);
        using var child = Deadline.Begin(TimeSpan.FromSeconds(3), new FakeTimeProvider());
        Assert.Equal(TimeSpan.FromSeconds(3), child.Deadline!.Remaining);
    }

    [Fact]
    public void A_deadline_too_large_for_the_clock_never_expires()
    {
        using var scope = Deadline.Begin(TimeSpan.MaxValue, _clock);

        _clock.Advance(TimeSpan.FromDays(365));

        Assert.False(scope.Deadline!.IsExpired);
        Assert.Equal(Timeout.InfiniteTimeSpan, scope.Deadline.Remaining);
    }

    [Fact]
    public void A_negative_budget_is_refused() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => Deadline.Begin(TimeSpan.FromMilliseconds(-5), _clock));

    [Fact]
    public async Task It_flows_into_what_is_awaited_and_not_out_of_it()
    {
        var seen = await Task.Run(async () =>
        {
            using var scope = Deadline.Begin(TimeSpan.FromSeconds(1), _clock);
            await Task.Yield();
            return ReferenceEquals(Deadline.Current, scope.Deadline);
        });

        Assert.True(seen);
        Assert.Null(Deadline.Current);
    }

    [Fact]
    public void Work_that_outlives_the_request_is_freed_of_it()
    {
        using var scope = Deadline.Begin(TimeSpan.Zero, _clock);

        using (Deadline.Suspend())
        {
            Assert.Null(Deadline.Current);
        }

        Assert.Same(scope.Deadline, Deadline.Current);
    }

    [Fact]
    public void A_scope_disposed_twice_or_out_of_order_brings_nothing_back()
    {
        var outer = Deadline.Begin(TimeSpan.FromSeconds(2), _clock);
        var inner = Deadline.Begin(TimeSpan.FromSeconds(1), _clock);

        outer.Dispose();
        Assert.Same(inner.Deadline, Deadline.Current);
        inner.Dispose();
        Assert.Same(outer.Deadline, Deadline.Current);
        outer.Dispose();
        outer.Dispose();
        Assert.Null(Deadline.Current);
    }

    [Fact]
    public void Its_token_is_cancelled_when_it_runs_out_and_by_the_callers_token_before()
    {
        using var scope = Deadline.Begin(TimeSpan.FromSeconds(1), _clock);
        using var caller = new CancellationTokenSource();
        using var byTime = scope.Deadline!.CreateTokenSource(caller.Token);
        _clock.Advance(TimeSpan.FromMilliseconds(999));
        Assert.False(byTime.IsCancellationRequested);

        _clock.Advance(TimeSpan.FromMilliseconds(1));
        Assert.True(byTime.IsCancellationRequested);

        using var fresh = Deadline.Begin(TimeSpan.FromDays(100), _clock);
        using var byCaller = fresh.Deadline!.CreateTokenSource(caller.Token);
        caller.Cancel();
        Assert.True(byCaller.IsCancellationRequested);
    }

    [Fact]
    public void Work_that_cannot_be_done_in_time_is_refused_with_the_figures()
    {
        using var scope = Deadline.Begin(TimeSpan.FromSeconds(2), _clock);
        scope.Deadline!.ThrowIfExpired();
        _clock.Advance(TimeSpan.FromSeconds(3));

        var refusal = Assert.Throws<DeadlineExceededException>(scope.Deadline.ThrowIfExpired);

        Assert.Equal((TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(3)), (refusal.Timeout, refusal.Elapsed));
        Assert.StartsWith("The deadline of 2000 ms ran out after 3000 ms.", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void It_bounds_a_time_and_is_bounded_by_it()
    {
        using var scope = Deadline.Begin(TimeSpan.FromSeconds(2), _clock);

        Assert.Equal(TimeSpan.FromSeconds(1), scope.Deadline!.Bound(TimeSpan.FromSeconds(1)));
        Assert.Equal(TimeSpan.FromSeconds(2), scope.Deadline.Bound(TimeSpan.FromSeconds(3)));
        Assert.Equal(TimeSpan.FromSeconds(2), scope.Deadline.Bound(Timeout.InfiniteTimeSpan));
    }

    private bool?[] Seen()
    {
        var before = Deadline.Current is null ? (bool?)null : true;
        bool? within;
        using (Deadline.Begin(TimeSpan.FromSeconds(1), _clock))
        {
            within = Deadline.Current is not null;
        }

        return [before, within, Deadline.Current is null ? null : true];
    }
}
