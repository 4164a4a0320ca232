using System.Collections.Concurrent;
using System.Diagnostics;
using CsCheck;
using Resilience.ConnectionPools;
using Resilience.Interleaving;
using Xunit;

namespace Resilience.Tests.ConnectionPools;

public sealed class ConnectionPoolStressTests
{
#if DEBUG
    private const string? OnlyOptimized = "Debug keeps async state machines as objects";
#else
    private const string? OnlyOptimized = null;
#endif

    [Fact]
    public void The_idle_stack_is_linearizable() =>
        Gen.Const(0).Select(static _ => new StackUnderTest()).SampleParallel(
            Gen.Int[0, 9].Operation<StackUnderTest>(static (stack, value) => stack.Push(value)),
            Gen.Operation<StackUnderTest>(static stack => stack.Pop()),
            equal: static (one, other) => one.Content().SequenceEqual(other.Content()),
            print: static stack => string.Join(' ', stack.Content()),
            iter: 300);

    [Fact]
    public async Task Entries_taken_and_given_back_in_another_order_have_one_holder_each_and_none_is_lost()
    {
        var stack = new IdleStack<object, Unwatched>(4);
        foreach (var index in Enumerable.Range(0, 3))
        {
            var entry = new PoolEntry<object>(null!, index);
            stack.Register(entry);
            stack.TryPush(entry);
        }

        var holders = new int[3];
        var until = Stopwatch.GetTimestamp() + (Stopwatch.Frequency / 2);

        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(Swap, TestContext.Current.CancellationToken)));

        Assert.Equal(3, stack.Count);
        Assert.Equal([0, 1, 2], new[] { stack.TryPop()!.Index, stack.TryPop()!.Index, stack.TryPop()!.Index }.Order());

        // All are taken, and the top one goes back last: what another thread has seen on top is there again, above something else.
        void Swap()
        {
            while (Stopwatch.GetTimestamp() < until)
            {
                for (var swap = 0; swap < 1_000; swap++)
                {
                    var (first, second, third) = (Take(), Take(), Take());
                    GiveBack(second);
                    GiveBack(third);
                    GiveBack(first);
                }
            }
        }

        PoolEntry<object>? Take()
        {
            var entry = stack.TryPop();
            Assert.True(entry is null || Interlocked.Increment(ref holders[entry.Index]) == 1, "one entry, two holders");
            return entry;
        }

        void GiveBack(PoolEntry<object>? entry)
        {
            if (entry is not null)
            {
                Interlocked.Decrement(ref holders[entry.Index]);
                stack.TryPush(entry);
            }
        }
    }

    [Fact]
    public async Task Pitfall_conservation_one_holder_at_a_time_and_exact_counters_under_everything_at_once()
    {
        var server = new FakeServer();
        server.Returning = connection => connection.IsBroken ? ReturnAction.Discard : (ReturnAction)(connection.Number % 2);
        server.Resetting = static async (_, _) =>
        {
            await Task.Yield();
            return true;
        };
        await using var pool = new ConnectionPool<FakeConnection>(
            "stress",
            server,
            new() { MinIdle = 1, MaxSize = 4, MaxOverflow = 2, AcquireTimeout = TimeSpan.FromMilliseconds(20), IdleTimeout = TimeSpan.FromMilliseconds(10), QueueTarget = TimeSpan.FromMilliseconds(2), QueueInterval = TimeSpan.FromMilliseconds(5) });
        var (granted, gaveUp, refused) = (0, 0, 0);
        var until = Stopwatch.GetTimestamp() + (Stopwatch.Frequency * 12 / 10);

        var observing = Task.Run(Observe, TestContext.Current.CancellationToken);
        await Task.WhenAll(Enumerable.Range(0, 8).Select(seed => Task.Run(() => CallAsync(new Random(seed)))));
        await observing;

        pool.Resize(4);
        pool.Resume();
        var end = pool.Snapshot();
        Assert.Equal((0, 0L), (end.Waiting, end.StaleReturns));
        await Eventually.Is(() => pool.Snapshot() is { InUse: 0, Creating: 0, Closing: 0, Total: <= 4 });
        Assert.Equal(granted, pool.Snapshot().Lent);
        Assert.Equal(gaveUp, pool.Snapshot().Cancelled);
        Assert.Equal(refused, pool.Snapshot().TimedOut + pool.Snapshot().Shed);
        Assert.InRange(granted, 100, int.MaxValue);
        await pool.DisposeAsync();
        Assert.Equal((server.Made, server.Made), (server.Destroyed, (int)pool.Snapshot().Created));

        async Task CallAsync(Random random)
        {
            while (Stopwatch.GetTimestamp() < until)
            {
                using var cancellation = new CancellationTokenSource();
                try
                {
                    var acquiring = pool.AcquireAsync(cancellation.Token);
                    if (random.Next(20) == 0)
                    {
                        await cancellation.CancelAsync();
                    }

                    using var lease = await acquiring;
                    Interlocked.Increment(ref granted);
                    lease.Connection.Use(() => Thread.SpinWait(random.Next(200)));
                    if (random.Next(4) == 0)
                    {
                        await Task.Yield();
                    }

                    lease.Connection.IsBroken |= random.Next(100) == 0;
                    Interfere(random.Next(2_000));
                }
                catch (OperationCanceledException)
                {
                    Interlocked.Increment(ref gaveUp);
                }
                catch (ConnectionPoolExhaustedException)
                {
                    Interlocked.Increment(ref refused);
                }
            }
        }

        void Interfere(int what)
        {
            switch (what)
            {
                case 0:
                    pool.EvictAll();
                    break;
                case 1:
                    pool.Suspend();
                    pool.Resume();
                    break;
                case 2 or 3:
                    pool.Resize(what * 2);
                    break;
                default:
                    break;
            }
        }

        void Observe()
        {
            while (Stopwatch.GetTimestamp() < until)
            {
                var destroyedBefore = server.Destroyed;
                var now = pool.Snapshot();
                var made = server.Made;
                Assert.True(now is { Idle: >= 0, InUse: >= 0, Creating: >= 0, Closing: >= 0, Total: <= 8 }, now.ToString());
                Assert.True(now.Idle + now.InUse <= made - destroyedBefore, $"{now} of {made} made and {destroyedBefore} destroyed");
            }
        }
    }

    [Fact]
    public async Task A_concurrent_history_has_every_connection_with_one_holder_and_serves_waiters_in_order()
    {
        var server = new FakeServer();
        await using var pool = new ConnectionPool<FakeConnection>("history", server, new() { MaxSize = 2, QueueTarget = TimeSpan.Zero });
        var history = new ConcurrentQueue<(int Connection, long From, long To)>();

        await Task.WhenAll(Enumerable.Range(0, 6).Select(worker => Task.Run(async () =>
        {
            for (var call = 0; call < 2_000; call++)
            {
                using var lease = await pool.AcquireAsync(CancellationToken.None);
                var from = Stopwatch.GetTimestamp();
                lease.Connection.Use(static () => Thread.SpinWait(20));
                history.Enqueue((lease.Connection.Number, from, Stopwatch.GetTimestamp()));
            }
        })));

        Assert.Equal((12_000, 2), (history.Count, server.Made));
        foreach (var uses in history.GroupBy(static use => use.Connection))
        {
            var ordered = uses.OrderBy(static use => use.From).ToList();
            Assert.All(ordered.Zip(ordered.Skip(1)), static pair => Assert.True(pair.First.To <= pair.Second.From));
        }
    }

    [Fact]
    public void A_sequence_of_operations_leaves_what_a_simple_model_says() =>
        Gen.Select(Gen.Int[1, 3], Gen.Int[0, 2], Gen.Select(Gen.Int[0, 11], Gen.Int[0, 7]).Array[0, 50]).Sample(
            static (maxSize, maxOverflow, operations) => new PoolModel(maxSize, maxOverflow).Run(operations), iter: 1_000);

    [Fact(Skip = OnlyOptimized)]
    public async Task Ten_million_rents_leave_the_heap_flat_and_allocate_nothing()
    {
        await using var pool = new ConnectionPool<FakeConnection>("heap", new FakeServer(), new() { MaxSize = 4 });
        await LoopAsync(10_000);
        var heap = GC.GetTotalMemory(forceFullCollection: true);
        var least = long.MaxValue;
        const int Rents = 10_000_000;

        for (var rents = 0; rents < Rents; rents += 100_000)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            var loop = LoopAsync(100_000);
            Assert.True(loop.IsCompleted);
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before); // whatever isn't compiled for good yet allocates
        }

        Assert.Equal(0, least);
        Assert.InRange(GC.GetTotalMemory(forceFullCollection: true) - heap, long.MinValue, Rents); // not a byte a rent, and other tests run beside
        Assert.Equal(Rents + 10_000, pool.Snapshot().Lent);

        async ValueTask LoopAsync(int count)
        {
            for (var rent = 0; rent < count; rent++)
            {
                using var lease = await pool.AcquireAsync(CancellationToken.None);
            }
        }
    }

    // A stack of numbers, and what was popped last: both must be what some order of the steps, one after the other, would leave.
    private sealed class StackUnderTest
    {
        private readonly IdleStack<object, Unwatched> _stack = new(64);
        private int _next = -1;
        private object? _popped;

        public void Push(int value)
        {
            var entry = new PoolEntry<object>(null!, Interlocked.Increment(ref _next)) { Connection = value };
            lock (_stack)
            {
                _stack.Register(entry);
            }

            _stack.TryPush(entry);
        }

        public void Pop() => _popped = _stack.TryPop()?.Connection;

        public List<object?> Content()
        {
            lock (_stack) // looking takes it apart and puts it together again, and two may look at a time
            {
                var entries = new List<PoolEntry<object>>();
                while (_stack.TryPop() is { } entry)
                {
                    entries.Add(entry);
                }

                entries.AsEnumerable().Reverse().ToList().ForEach(entry => _stack.TryPush(entry));
                return [_stack.Count, .. entries.Select(static entry => entry.Connection)];
            }
        }

        public override string ToString() => $"{_popped}";
    }
}
