using CsCheck;
using Microsoft.Extensions.Time.Testing;
using Resilience.Bulkheads;
using Xunit;

namespace Resilience.Tests.Bulkheads;

public sealed class BulkheadStressTests
{
#if DEBUG
    private const string? OnlyOptimized = "Debug keeps async state machines as objects";
#else
    private const string? OnlyOptimized = null;
#endif

    [Theory]
    [InlineData(BulkheadQueueOrder.Fifo)]
    [InlineData(BulkheadQueueOrder.Lifo)]
    [InlineData(BulkheadQueueOrder.Priority)]
    public async Task Pitfall_permit_conservation_under_grants_cancellations_timeouts_and_resizes(BulkheadQueueOrder order)
    {
        using var bulkhead = new Bulkhead(
            "inventory", new BulkheadOptions { MaxConcurrency = 4, MaxQueue = 16, QueueOrder = order, MaxQueueTime = TimeSpan.FromMilliseconds(2) });
        var (running, most) = (0, 0);

        await Task.WhenAll(Enumerable.Range(0, 8).Select(seed => Task.Run(() => CallAsync(new Random(seed)))));

        var end = bulkhead.Snapshot();
        Assert.Equal((0, 0, 0L), (end.InUse, end.Queued, end.DoubleReleases));
        Assert.InRange(most, 1, 4);
        Assert.Equal(8 * 2_000, end.Granted + end.Cancelled + end.Rejected);
        bulkhead.Resize(4);
        Assert.Equal(4, Enumerable.Range(0, 10).Count(_ => bulkhead.TryAcquire(out var _)));

        async Task CallAsync(Random random)
        {
            for (var call = 0; call < 2_000; call++)
            {
                using var cancellation = new CancellationTokenSource();
                try
                {
                    var acquiring = bulkhead.AcquireAsync(random.Next(Bulkhead.HighestPriority + 1), cancellation.Token);
                    if (random.Next(100) < 10)
                    {
                        await cancellation.CancelAsync(); // some of them at the very moment at which they are granted
                    }

                    using var permit = await acquiring;
                    InterlockedMax(ref most, Interlocked.Increment(ref running));
                    if (random.Next(4) == 0)
                    {
                        await Task.Yield();
                    }

                    if (random.Next(200) == 0)
                    {
                        bulkhead.Resize(random.Next(1, 5));
                    }

                    Interlocked.Decrement(ref running);
                }
                catch (Exception exception) when (exception is OperationCanceledException or BulkheadRejectedException)
                {
                }
            }
        }
    }

    [Fact]
    public void A_sequence_of_operations_leaves_what_a_simple_model_says() =>
        Gen.Select(Gen.Int[1, 4], Gen.Int[0, 3], Gen.Enum<BulkheadQueueOrder>(), Gen.Select(Gen.Int[0, 5], Gen.Int[0, 7]).Array[0, 60]).Sample(
            static (limit, maxQueue, order, operations) => new Model(limit, maxQueue, order).Run(operations), iter: 2_000);

    [Fact(Skip = OnlyOptimized)]
    public async Task Pitfall_zero_queue_allocates_nothing_on_the_way_in_and_out()
    {
        using var bulkhead = new Bulkhead("inventory", new BulkheadOptions { MaxConcurrency = 4 });
        await LoopAsync(1_000);

        var before = GC.GetAllocatedBytesForCurrentThread();
        var loop = LoopAsync(1_000);

        Assert.True(loop.IsCompleted);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

        async ValueTask LoopAsync(int calls)
        {
            for (var call = 0; call < calls; call++)
            {
                using var permit = await bulkhead.AcquireAsync(CancellationToken.None);
            }
        }
    }

    private static void InterlockedMax(ref int most, int value)
    {
        for (var seen = Volatile.Read(ref most); value > seen; seen = Volatile.Read(ref most))
        {
            Interlocked.CompareExchange(ref most, value, seen);
        }
    }

    // What a bulkhead is, written as a list: no fast path, no hand-over, no reuse.
    private sealed class Model(int limit, int maxQueue, BulkheadQueueOrder order)
    {
        private readonly FakeTimeProvider _time = new();
        private readonly List<(int Priority, CancellationTokenSource Cancellation, Task<Permit> Task)> _waiting = [];
        private readonly List<Permit> _held = [];
        private int _limit = limit;

        public bool Run((int Operation, int Argument)[] operations)
        {
            using var bulkhead = new Bulkhead(
                "model", new BulkheadOptions { MaxConcurrency = _limit, MaxQueue = maxQueue, QueueOrder = order, MaxQueueTime = TimeSpan.FromDays(1) }, _time);
            foreach (var (operation, argument) in operations)
            {
                Apply(bulkhead, operation, argument);
                var now = bulkhead.Snapshot();
                if ((now.InUse, now.Queued, now.Limit) != (_held.Count, _waiting.Count, _limit) || now.Granted - now.InUse < 0)
                {
                    return false;
                }
            }

            return true;
        }

        private void Apply(Bulkhead bulkhead, int operation, int argument)
        {
            switch (operation)
            {
                case 0 or 1 or 2:
                    Come(bulkhead, argument);
                    break;
                case 3 when _held.Count > 0:
                    var index = argument % _held.Count;
                    var permit = _held[index];
                    _held.RemoveAt(index);
                    permit.Dispose();
                    permit.Dispose();
                    Serve();
                    break;
                case 4 when _waiting.Count > 0:
                    var waiter = _waiting[argument % _waiting.Count];
                    _waiting.Remove(waiter);
                    waiter.Cancellation.Cancel();
                    break;
                case 5:
                    _limit = argument + 1;
                    bulkhead.Resize(_limit);
                    Serve();
                    break;
                default:
                    break;
            }
        }

        private void Come(Bulkhead bulkhead, int priority)
        {
            var cancellation = new CancellationTokenSource();
            var task = bulkhead.AcquireAsync(priority, cancellation.Token).AsTask();
            if (_held.Count < _limit && _waiting.Count == 0)
            {
                _held.Add(Granted(task));
            }
            else if (_waiting.Count < maxQueue)
            {
                _waiting.Add((priority, cancellation, task));
            }
            else if (maxQueue > 0 && Weakest(priority) is { } weakest and >= 0)
            {
                _waiting.RemoveAt(weakest);
                _waiting.Add((priority, cancellation, task));
            }
        }

        private int Weakest(int priority) => order switch
        {
            BulkheadQueueOrder.Lifo => 0,
            BulkheadQueueOrder.Priority when _waiting.Min(static w => w.Priority) is var lowest && lowest < priority => _waiting.FindLastIndex(w => w.Priority == lowest),
            _ => -1,
        };

        private void Serve()
        {
            while (_held.Count < _limit && _waiting.Count > 0)
            {
                var next = order switch
                {
                    BulkheadQueueOrder.Fifo => 0,
                    BulkheadQueueOrder.Lifo => _waiting.Count - 1,
                    _ => _waiting.FindIndex(w => w.Priority == _waiting.Max(static other => other.Priority)),
                };
                _held.Add(Granted(_waiting[next].Task));
                _waiting.RemoveAt(next);
            }
        }

#pragma warning disable VSTHRD002 // Decided already: only the hop to the thread pool is still to come.
        private static Permit Granted(Task<Permit> task) => task.WaitAsync(TimeSpan.FromSeconds(5)).GetAwaiter().GetResult();
    }
}
