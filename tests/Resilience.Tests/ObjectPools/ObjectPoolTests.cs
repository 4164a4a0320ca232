using System.ComponentModel.DataAnnotations;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.ObjectPool;
using Microsoft.Extensions.Time.Testing;
using Resilience.ObjectPools;
using Resilience.Tests.Comparisons;
using Xunit;

namespace Resilience.Tests.ObjectPools;

public sealed class ObjectPoolTests
{
    private readonly ScriptedPolicy _policy = new();
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void Pitfall_double_return_never_hands_one_object_to_two_renters()
    {
        using var pool = Make();
        var item = pool.Get();
        pool.Return(item);
        pool.Return(item);

        Assert.NotSame(pool.Get(), pool.Get());
        Assert.Equal((1, 1L), (_policy.Resets, pool.Snapshot().DoubleReturns));
    }

    [Fact]
    public void A_double_return_throws_where_that_is_asked_for()
    {
        using var pool = Make(new() { ThrowOnMisuse = true });
        var item = pool.Get();
        pool.Return(item);

        var misuse = Assert.Throws<InvalidOperationException>(() => pool.Return(item));

        Assert.Equal("An object of pool 'test' was returned that is not out. Return it where it was taken, once; nothing was returned this time.", misuse.Message);
    }

    [Fact]
    public void Pitfall_a_lease_returned_twice_while_its_object_is_out_to_somebody_else_changes_nothing()
    {
        using var pool = Make(new() { MaxSize = 1 });
        var first = pool.Rent();
        first.Dispose();
        using var second = pool.Rent();

        first.Dispose();

        Assert.Same(second.Value, second.Value);
        Assert.Equal((1, 0, 1L), (pool.Snapshot().InUse, pool.Snapshot().Idle, pool.Snapshot().DoubleReturns));
    }

    [Fact]
    public void Pitfall_use_after_return_is_found_even_while_the_object_is_out_to_somebody_else()
    {
        using var pool = Make(new() { MaxSize = 1 });
        var first = pool.Rent(out var item);
        Assert.Same(item, first.Value);
        first.Dispose();
        using var second = pool.Rent();

        Assert.Same(item, second.Value);
        Assert.Throws<ObjectDisposedException>(() => first.Value);
        Assert.Throws<ObjectDisposedException>(static () => default(PoolLease<Pooled>).Value);
    }

    [Fact]
    public void A_lease_beyond_the_size_finds_its_second_return_too()
    {
        using var pool = Make(new() { MaxSize = 1 });
        using var inside = pool.Rent();
        var beyond = pool.Rent();

        beyond.Dispose();
        beyond.Dispose();

        Assert.Throws<ObjectDisposedException>(() => beyond.Value);
        Assert.Equal((1L, 1L, 1L), (pool.Snapshot().Overflowed, pool.Snapshot().Discarded, pool.Snapshot().DoubleReturns));
    }

    [Fact]
    public void Pitfall_an_object_returned_to_another_pool_is_refused_by_a_bounded_one()
    {
        using var home = Make();
        using var other = Make(new() { IsBounded = true });
        var item = home.Get();

        other.Return(item);
        home.Return(item);

        Assert.Equal((0, 1L), (other.Snapshot().Idle, other.Snapshot().ForeignReturns));
        Assert.Equal((1, 0), (home.Snapshot().Idle, item.Disposals));
    }

    [Fact]
    public void A_stranger_is_taken_in_once_however_often_it_is_returned()
    {
        using var pool = Make();
        var stranger = new Pooled();

        pool.Return(stranger);
        pool.Return(stranger);

        Assert.Equal((1, 1L), (pool.Snapshot().Idle, pool.Snapshot().DoubleReturns));
        Assert.Same(stranger, pool.Get());
    }

    [Fact]
    public void Pitfall_what_was_thrown_away_and_disposed_does_not_come_back_by_a_second_return()
    {
        _policy.OnReturn = static _ => false;
        using var pool = Make();
        var item = pool.Get();
        pool.Return(item);
        _policy.OnReturn = static _ => true;

        pool.Return(item);

        Assert.Equal((1, 0, 1L, 1L), (item.Disposals, pool.Snapshot().Idle, pool.Snapshot().Discarded, pool.Snapshot().DoubleReturns));
    }

    [Fact]
    public void Pitfall_a_poisoned_object_is_discarded_and_its_place_is_free_again()
    {
        using var pool = Make(new() { MaxSize = 1, IsBounded = true });
        var lease = pool.Rent(out var broken);

        lease.Discard();

        Assert.Equal(1, broken.Disposals);
        Assert.NotSame(broken, pool.Get());
    }

    [Fact]
    public void A_policy_that_throws_at_a_return_costs_the_object_and_nothing_else()
    {
        _policy.OnReturn = static _ => throw new NotSupportedException();
        using var pool = Make(new() { MaxSize = 1, IsBounded = true });
        var item = pool.Get();

        pool.Return(item);

        Assert.Equal((1, 0), (item.Disposals, pool.Snapshot().InUse));
        Assert.NotNull(pool.Get());
    }

    [Fact]
    public void A_policy_that_throws_when_it_makes_an_object_leaves_the_place_free()
    {
        _policy.OnCreate = static () => throw new NotSupportedException();
        using var pool = Make(new() { MaxSize = 1, IsBounded = true });
        Assert.Throws<NotSupportedException>(pool.Get);
        _policy.OnCreate = static () => new();

        Assert.NotNull(pool.Get());
        Assert.Equal(1, pool.Snapshot().InUse);
    }

    [Fact]
    public void A_policy_may_use_the_pool_itself()
    {
        using var pool = Make(new() { MaxSize = 8, IsBounded = true, MaxLifetime = TimeSpan.FromMinutes(1) });
        var depth = 0;
        _policy.OnCreate = () =>
        {
            if (depth++ < 3)
            {
                pool.Return(pool.Get());
            }

            return new();
        };
        _policy.OnReturn = _ => pool.Trim(1) >= 0;

        pool.Return(pool.Get());

        Assert.Equal(0, pool.Snapshot().InUse);
    }

    [Fact]
    public void Pitfall_an_object_that_its_renter_forgot_is_collected_and_frees_its_place()
    {
        using var pool = Make(new() { MaxSize = 1, IsBounded = true });
        Forget(pool);
        Keep(pool);
        Keep(pool);

        GC.Collect();
        Keep(pool);

        Assert.Equal((0, 1L), (pool.Snapshot().InUse, pool.Snapshot().Lost));
        Assert.NotNull(pool.Get());

        [MethodImpl(MethodImplOptions.NoInlining)]
        static void Forget(TrackedObjectPool<Pooled> pool) => pool.Get();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void An_object_that_is_out_for_long_is_still_the_pools(bool leased)
    {
        using var pool = Make(new() { MaxSize = 1, IsBounded = true });
        var lease = leased ? pool.Rent() : default;
        var item = leased ? lease.Value : pool.Get();
        Keep(pool);
        Keep(pool);
        GC.Collect();
        Keep(pool);
        Assert.Equal(1, pool.Snapshot().InUse);

        if (leased)
        {
            Assert.Same(item, lease.Value);
            lease.Dispose();
            lease.Dispose();
        }
        else
        {
            pool.Return(item);
            pool.Return(item);
        }

        Assert.Equal((0, 1, 1L, 0L), (pool.Snapshot().InUse, pool.Snapshot().Idle, pool.Snapshot().DoubleReturns, pool.Snapshot().Lost));
        Assert.Same(item, pool.Get());
    }

    [Fact]
    public void An_object_of_age_is_not_handed_out_and_not_kept()
    {
        using var pool = Make(new() { MaxSize = 1, MaxLifetime = TimeSpan.FromMinutes(1) });
        var (first, second) = (pool.Get(), (Pooled?)null);
        pool.Return(first);

        _time.Advance(TimeSpan.FromMinutes(1));
        second = pool.Get();
        _time.Advance(TimeSpan.FromMinutes(1));
        pool.Return(second);

        Assert.NotSame(first, second);
        Assert.Equal((1, 1, 0, 2L), (first.Disposals, second.Disposals, pool.Snapshot().Idle, pool.Snapshot().Discarded));
    }

    [Fact]
    public void Pitfall_setting_the_wall_clock_ages_nothing()
    {
        var time = new SteppedTime();
        using var pool = new TrackedObjectPool<Pooled>("test", _policy, new() { MaxSize = 1, MaxLifetime = TimeSpan.FromMinutes(1), TrimsUnderPressure = false }, time);
        var item = pool.Get();
        pool.Return(item);

        time.SetTheWallClockBack(TimeSpan.FromDays(-1));

        Assert.Same(item, pool.Get());
    }

    [Theory]
    [InlineData(0.5, 4)]
    [InlineData(0.7, 2)]
    [InlineData(0.9, 0)]
    public void Idle_objects_go_as_memory_gets_short(double load, int kept)
    {
        using var pool = Make(trims: true);
        var items = Enumerable.Range(0, 4).Select(_ => pool.Get()).ToList();
        items.ForEach(pool.Return);

        ((ITrackedPool)pool).KeepUp(load);

        Assert.Equal((kept, 4 - kept), (pool.Snapshot().Idle, items.Sum(static item => item.Disposals)));
    }

    [Fact]
    public void All_pools_of_the_process_are_trimmed_at_once_and_what_is_out_stays_out()
    {
        using var pool = Make();
        var (one, other) = (pool.Get(), pool.Get());
        pool.Return(one);

        Assert.True(Pools.TrimAll(1) >= 1);

        Assert.Equal((0, 1, 0), (pool.Snapshot().Idle, pool.Snapshot().InUse, other.Disposals));
    }

    [Fact]
    public void A_disposed_pool_disposes_what_is_idle_now_and_what_is_out_at_its_return()
    {
        var pool = Make();
        var (idle, used) = (pool.Get(), pool.Get());
        pool.Return(idle);

        pool.Dispose();
        pool.Dispose();
        Assert.Equal((1, 0), (idle.Disposals, used.Disposals));
        pool.Return(used);

        Assert.Equal((1, 1), (idle.Disposals, used.Disposals));
        Assert.Throws<ObjectDisposedException>(pool.Get);
    }

    [Fact]
    public void A_bounded_pool_says_how_full_it_is_when_it_refuses()
    {
        using var pool = Make(new() { MaxSize = 1, IsBounded = true });
        pool.Get();

        var refusal = Assert.Throws<ObjectPoolExhaustedException>(pool.Get);

        Assert.Equal("No object was to be had from pool 'test': 1 of 1 are in use, and the caller doesn't wait. Use RentAsync, or raise MaxSize.", refusal.Message);
        Assert.Equal((ObjectPoolExhaustion.AllInUse, 1, 1, 0), (refusal.Reason, refusal.MaxSize, refusal.InUse, refusal.Waiting));
        Assert.False(pool.TryRent(out _));
    }

    [Fact]
    public void An_option_outside_its_range_says_which_it_is() => Assert.Equal(
        "The object pool 'test' can't be built: MaxSize is 0, but must be from 1 to 65536.",
        Assert.Throws<ValidationException>(() => Make(new() { MaxSize = 0 })).Message);

    [Fact]
    public void It_stands_where_Microsofts_pool_is_asked_for()
    {
        using var pool = new TrackedObjectPool<Resettable>("test", new DefaultPooledObjectPolicy<Resettable>());
        ObjectPool<Resettable> asked = pool;

        var item = asked.Get();
        asked.Return(item);

        Assert.Equal(1, item.Resets);
        Assert.Same(item, asked.Get());
        Assert.Throws<ArgumentNullException>(() => asked.Return(null!));
    }

    private static void Keep(ITrackedPool pool) => pool.KeepUp(0);

    // Not by itself: how short the memory of the machine is that runs the tests is not theirs to say.
    private TrackedObjectPool<Pooled> Make(ObjectPoolOptions? options = null, bool trims = false)
    {
        options ??= new();
        options.TrimsUnderPressure = trims;
        return new("test", _policy, options, _time);
    }

    private sealed class Resettable : IResettable
    {
        public int Resets { get; private set; }

        public bool TryReset() => ++Resets > 0;
    }
}
