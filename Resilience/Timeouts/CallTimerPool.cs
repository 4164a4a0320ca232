using System.Collections.Concurrent;

namespace Resilience.Timeouts;

/// <summary>An operation's own store of timers: one operation with many calls in flight doesn't take those of another.</summary>
/// <remarks>
/// One that this thread gave back last, without any atomic operation; else one slot for each processor, so that threads rarely meet, and a
/// bounded queue behind. Safe for concurrent use; takes no lock.
/// </remarks>
internal sealed class CallTimerPool(TimerWheel wheel, TimeoutSettings settings)
{
    private const int MaxQueued = 1024;
    private const int Apart = 8; // references to a cache line

    [ThreadStatic]
    private static CallTimer? _threads; // of whichever operation was here last: one for each thread, not for each thread and operation

    private readonly CallTimer?[] _slots = new CallTimer?[Math.Max(1, Environment.ProcessorCount) * Apart];
    private readonly ConcurrentQueue<CallTimer> _queue = [];
    private int _queued;

    public CallTimer Rent()
    {
        if (_threads is { } last && ReferenceEquals(last.Settings, settings))
        {
            _threads = null;
            return last;
        }

        ref var slot = ref Slot();
        return (slot is null ? null : Interlocked.Exchange(ref slot, null)) ?? RentQueued();
    }

    public void Return(CallTimer timer)
    {
        if (_threads is null)
        {
            _threads = timer;
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
}
