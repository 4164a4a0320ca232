using CsCheck;
using Resilience.ObjectPools;
using Xunit;

namespace Resilience.Tests.ObjectPools;

public sealed class ObjectPoolStressTests
{
#if DEBUG
    private const string? OnlyOptimized = "Debug keeps async state machines as objects";
#else
    private const string? OnlyOptimized = null;
#endif

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_object_is_never_out_to_two_renters_whoever_returns_twice(bool bounded)
    {
        using var pool = new TrackedObjectPool<Pooled>("stress", new ScriptedPolicy(), new() { MaxSize = 3, IsBounded = bounded, MaxWait = TimeSpan.FromSeconds(20), TrimsUnderPressure = false });
        var shared = 0;

        await Task.WhenAll(Enumerable.Range(0, 6).Select(seed => Task.Run(() => WorkAsync(new Random(seed)), Token)));

        var now = pool.Snapshot();
        Assert.Equal((0, 0, 0), (shared, now.InUse, now.Waiting));
        Assert.Equal(6 * 3_000, now.Rents);
        Assert.Equal(now.Created - now.Discarded, now.Idle);

        async Task WorkAsync(Random random)
        {
            for (var turn = 0; turn < 3_000; turn++)
            {
                var lease = await pool.RentAsync(Token);
                Interlocked.Add(ref shared, lease.Value.TryEnter() ? 0 : 1);
                if (random.Next(8) == 0)
                {
                    await Task.Yield();
                }

                lease.Value.Leave();
                if (random.Next(10) == 0)
                {
                    lease.Discard();
                }

                lease.Dispose();
                lease.Dispose();
                if (random.Next(50) == 0)
                {
                    pool.Trim(0.5);
                    ((ITrackedPool)pool).KeepUp(0);
                }
            }
        }
    }

    [Fact]
    public async Task Pitfall_a_wait_that_times_out_as_it_is_granted_loses_no_object()
    {
        using var pool = new TrackedObjectPool<Pooled>(
            "stress", new ScriptedPolicy(), new() { MaxSize = 2, IsBounded = true, MaxWait = TimeSpan.FromMilliseconds(1) });

        await Task.WhenAll(Enumerable.Range(0, 6).Select(seed => Task.Run(() => WorkAsync(new Random(seed)), Token)));

        Assert.Equal((0, 0), (pool.Snapshot().InUse, pool.Snapshot().Waiting));
        using (await pool.RentAsync(Token))
        using (await pool.RentAsync(Token))
        {
            Assert.Equal(2, pool.Snapshot().InUse);
        }

        async Task WorkAsync(Random random)
        {
            for (var turn = 0; turn < 60; turn++)
            {
                try
                {
                    using var cancellation = new CancellationTokenSource(TimeSpan.FromMilliseconds(random.Next(1, 3)));
                    using var lease = await pool.RentAsync(cancellation.Token);
                    await Task.Delay(1, Token);
                }
                catch (Exception exception) when (exception is ObjectPoolExhaustedException or OperationCanceledException)
                {
                }
            }
        }
    }

    [Fact]
    public void A_sequence_of_operations_leaves_what_a_simple_model_says() =>
        Gen.Select(Gen.Int[1, 5], Gen.Bool, Gen.Select(Gen.Int[0, 6], Gen.Int[0, 7]).Array[0, 60]).Sample(
            static (size, bounded, operations) => new Model(size, bounded).Run(operations), iter: 2_000);

    [Fact(Skip = OnlyOptimized)]
    public void Getting_and_returning_allocate_nothing()
    {
        using var pool = new TrackedObjectPool<Pooled>("test", new ScriptedPolicy(), new() { TrimsUnderPressure = false });
        Loop(1_000);

        var before = GC.GetAllocatedBytesForCurrentThread();
        Loop(1_000);

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

        void Loop(int turns)
        {
            for (var turn = 0; turn < turns; turn++)
            {
                pool.Return(pool.Get());
                using var lease = pool.Rent();
            }
        }
    }

    [Fact]
    public void Ten_million_rents_leave_the_heap_flat()
    {
        const int Rents = 10_000_000;
        using var pool = new TrackedObjectPool<Pooled>("test", new ScriptedPolicy(), new() { TrimsUnderPressure = false });
        var before = GC.GetTotalMemory(forceFullCollection: true);
        for (var turn = 0; turn < Rents; turn++)
        {
            pool.Return(pool.Get());
        }

        Assert.Equal((1L, (long)Rents), (pool.Snapshot().Created, pool.Snapshot().Rents));
        Assert.InRange(GC.GetTotalMemory(forceFullCollection: true) - before, long.MinValue, Rents); // not a byte a rent, and other tests run beside
        GC.KeepAlive(pool);
    }

    // What a pool is, written as sets.
    private sealed class Model(int size, bool bounded)
    {
        private readonly HashSet<Pooled> _idle = [];
        private readonly List<PoolLease<Pooled>> _out = [];
        private readonly List<Pooled> _bare = [];
        private long _misuses;

        public bool Run((int Operation, int Argument)[] operations)
        {
            using var pool = new TrackedObjectPool<Pooled>("model", new ScriptedPolicy(), new() { MaxSize = size, IsBounded = bounded, TrimsUnderPressure = false });
            foreach (var (operation, argument) in operations)
            {
                Apply(pool, operation, argument);
                var now = pool.Snapshot();
                if (now.Idle != _idle.Count || now.InUse > size || now.DoubleReturns != _misuses || now.Created - now.Discarded != _idle.Count + _out.Count + _bare.Count)
                {
                    return false;
                }
            }

            return true;
        }

        private void Apply(TrackedObjectPool<Pooled> pool, int operation, int argument)
        {
            switch (operation)
            {
                case 0 or 1:
                    if (pool.TryRent(out var lease))
                    {
                        _out.Add(lease);
                        Taken(lease.Value);
                    }

                    break;
                case 2 when !bounded || _idle.Count > 0:
                    _bare.Add(pool.Get());
                    Taken(_bare[^1]);
                    break;
                case 3 when _out.Count > 0:
                    var ended = _out[argument % _out.Count];
                    _out.Remove(ended);
                    GiveBack(pool, ended.Value, ended.Dispose);
                    ended.Dispose();
                    _misuses++;
                    break;
                case 4 when _bare.Count > 0:
                    var item = _bare[argument % _bare.Count];
                    _bare.Remove(item);
                    GiveBack(pool, item, () => pool.Return(item));
                    pool.Return(item);
                    _misuses++;
                    break;
                case 5 when _out.Count > 0:
                    var broken = _out[argument % _out.Count];
                    _out.Remove(broken);
                    broken.Discard();
                    break;
                case 6:
                    pool.Trim(1);
                    _idle.Clear();
                    break;
                default:
                    break;
            }
        }

        private void Taken(Pooled item)
        {
            Assert.True(item.TryEnter());
            Assert.Equal(0, item.Disposals);
            _idle.Remove(item);
        }

        // Whether it is kept is the pool's to say: beyond the size it isn't.
        private void GiveBack(TrackedObjectPool<Pooled> pool, Pooled item, Action giveBack)
        {
            var discarded = pool.Snapshot().Discarded;
            item.Leave();
            giveBack();
            if (pool.Snapshot().Discarded == discarded)
            {
                _idle.Add(item);
            }
            else
            {
                Assert.Equal(1, item.Disposals);
            }
        }
    }
}
