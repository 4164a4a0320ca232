using System.Collections.Concurrent;

namespace Resilience.Timeouts;

/// <summary>An operation's own store of timers: one operation with many calls in flight doesn't take those of another.</summary>
/// <remarks>
/// One of the two that this thread gave back last, without any atomic operation: a call mostly has a time-out of its own inside that of all its
/// attempts. Else one slot for each processor, so that threads rarely meet, and a bounded queue behind. Safe for concurrent use; takes no lock.
/// </remarks>
internal sealed class CallTimerPool(TimerWheel wheel, TimeoutSettings settings)
{
    private const int MaxQueued = 1024;
    private const int Apart = 8; // references to a cache line

    [ThreadStatic]
    private static Pair? _threads; // of whichever operations were here last: one for each thread, not for each thread and operation

    private readonly CallTimer?[] _slots = new CallTimer?[Math.Max(1, Environment.ProcessorCount) * Apart];
    private readonly ConcurrentQueue<CallTimer> _queue = [];
    private int _queued;

    public CallTimer Rent()
    {
        if (_threads is { } threads)
        {
            if (threads.Outer is { } outer && ReferenceEquals(outer.Settings, settings))
            {
                threads.Outer = null;
                return outer;
            }

            if (threads.Inner is { } inner && ReferenceEquals(inner.Settings, settings))
            {
                threads.Inner = null;
                return inner;
            }
        }

        ref var slot = ref Slot();
        return (slot is null ? null : Interlocked.Exchange(ref slot, null)) ?? RentQueued();
    }

    public void Return(CallTimer timer)
    {
        var threads = _threads ??= new();
        if (threads.Inner is null)
        {
            threads.Inner = timer;
            return;
        }

        if (threads.Outer is null)
        {
            threads.Outer = timer;
            return;
        }

        ref var slot = ref Slot();
        if (slot is null && Interlocked.CompareExchange(ref slot, timer, null) is null)
        {
            return;
        }

        if (Interlocked.Increment(ref _queued) <= MaxQueued)
        {
            _queue.Enqueue(timer);
        }
        else
        {
            Interlocked.Decrement(ref _queued);
        }
    }

    private ref CallTimer? Slot() => ref _slots[(int)((uint)(Thread.GetCurrentProcessorId() * Apart) % (uint)_slots.Length)];

    private CallTimer RentQueued()
    {
        if (Volatile.Read(ref _queued) > 0 && _queue.TryDequeue(out var timer))
        {
            Interlocked.Decrement(ref _queued);
            return timer;
        }

        // The system moves threads about: what this one gave back may lie in another processor's slot.
        for (var index = 0; index < _slots.Length; index += Apart)
        {
            if (_slots[index] is not null && Interlocked.Exchange(ref _slots[index], null) is { } other)
            {
                return other;
            }
        }

        return new(wheel, settings);
    }

    private sealed class Pair
    {
        public CallTimer? Inner { get; set; }

        public CallTimer? Outer { get; set; }
    }
}
