using System.Runtime.CompilerServices;
using Resilience.Measurement;

namespace Resilience.Timeouts;

/// <summary>Many time-outs on one timer: a ring of lists, one for each 5 ms, that a timer walks round while anything is in it.</summary>
/// <remarks>
/// Arming and disarming are a link in a list under one of a few locks, and allocate nothing, however many are armed: nearly all time-outs are
/// disarmed again. What comes due does so up to three steps late and never early. Safe for concurrent use.
/// Source: Varghese, Lauck, <i>Hashed and Hierarchical Timing Wheels</i>, SOSP 1987, scheme 6.
/// </remarks>
internal sealed class TimerWheel
{
    private const int StepMilliseconds = 5;
    private const int Slots = 1024;
    private const int Stripes = 16;
    private const int RestingSteps = 20; // a timer that is stopped and started with every call costs more than it saves

    private static readonly ConditionalWeakTable<TimeProvider, TimerWheel> _wheels = [];
    private static readonly TimeSpan _step = TimeSpan.FromMilliseconds(StepMilliseconds);

    private readonly WheelEntry?[] _heads = new WheelEntry?[Slots];
    private readonly Lock[] _locks = new Lock[Stripes];
    private readonly MonotonicClock _clock;
    private readonly ITimer _timer;
    private long _walked;
    private int _armed;
    private int _runs;
    private int _walking;
    private int _rested;

    internal TimerWheel(TimeProvider time)
    {
        for (var index = 0; index < Stripes; index++)
        {
            _locks[index] = new();
        }

        _clock = new(time);
        _walked = _clock.Now / StepMilliseconds;

        // Or it would carry the first caller's AsyncLocals for ever.
        var flow = ExecutionContext.IsFlowSuppressed() ? default(AsyncFlowControl?) : ExecutionContext.SuppressFlow();
        _timer = time.CreateTimer(static wheel => ((TimerWheel)wheel!).Walk(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        flow?.Undo();
    }

    /// <summary>Gets how many are armed.</summary>
    public int Armed => Volatile.Read(ref _armed);

    /// <summary>Gets the one wheel of a source of time.</summary>
    /// <param name="time">The source of time.</param>
    /// <returns>The same for the same.</returns>
    public static TimerWheel Of(TimeProvider time) => _wheels.GetValue(time, static time => new(time));

    /// <summary>Arms an entry that is in no list.</summary>
    /// <param name="entry">The entry.</param>
    /// <param name="delay">When it comes due, from now; not negative.</param>
    public void Arm(WheelEntry entry, TimeSpan delay) => ArmAt(entry, _clock.Now + (long)Math.Ceiling(delay.TotalMilliseconds));

    /// <summary>Arms an entry that is in no list.</summary>
    /// <param name="entry">The entry.</param>
    /// <param name="milliseconds">When it comes due, on the clock; at once if that has passed.</param>
    public void ArmAt(WheelEntry entry, long milliseconds)
    {
        // A step more than needed: the clock may have been nearly a step behind when it was read, and be up to date when it is read again.
        var due = ((milliseconds + StepMilliseconds - 1) / StepMilliseconds) + 1;
        var slot = (int)(due % Slots);
        entry.DueTick = due;
        Interlocked.Increment(ref _armed);
        lock (_locks[slot % Stripes])
        {
            entry.Slot = slot;
            entry.Previous = null;
            entry.Next = _heads[slot];
            if (entry.Next is { } next)
            {
                next.Previous = entry;
            }

            _heads[slot] = entry;
        }

        // If this thread was held up here, the timer may have passed the slot: then nobody else would look into it for a whole turn.
        if (Volatile.Read(ref _walked) >= due && Disarm(entry))
        {
            entry.Fire();
        }

        if (Volatile.Read(ref _runs) == 0 && Interlocked.Exchange(ref _runs, 1) == 0)
        {
            _timer.Change(_step, _step); // read after _armed was raised: either the resting timer sees that, or this sees it rest
        }
    }

    /// <summary>Takes an entry out.</summary>
    /// <param name="entry">The entry.</param>
    /// <returns>False when it was in no list: it has come due, or was never armed.</returns>
    public bool Disarm(WheelEntry entry)
    {
        while (true)
        {
            var slot = entry.Slot;
            if (slot == WheelEntry.Nowhere)
            {
                return false;
            }

            lock (_locks[slot % Stripes])
            {
                if (entry.Slot == slot)
                {
                    Unlink(entry);
                    return true;
                }
            }
        }
    }

    private void Walk()
    {
        if (Interlocked.Exchange(ref _walking, 1) != 0)
        {
            return; // a timer may call again while its last call still runs
        }

        try
        {
            var now = _clock.Now / StepMilliseconds;
            for (var tick = Math.Max(_walked, now - Slots) + 1; tick <= now; tick++)
            {
                Volatile.Write(ref _walked, tick); // before the list is looked at: who is too late for it sees that
                FireAll(Collect((int)(tick % Slots), now));
            }

            Rest();
        }
        finally
        {
            Volatile.Write(ref _walking, 0);
        }
    }

    private static void FireAll(WheelEntry? entry)
    {
        while (entry is not null)
        {
            var next = entry.Next;
            entry.Next = null;
            entry.Fire();
            entry = next;
        }
    }

    private WheelEntry? Collect(int slot, long now)
    {
        WheelEntry? due = null;
        lock (_locks[slot % Stripes])
        {
            for (var entry = _heads[slot]; entry is not null;)
            {
                var next = entry.Next;
                if (entry.DueTick <= now)
                {
                    Unlink(entry);
                    entry.Next = due;
                    due = entry;
                }

                entry = next;
            }
        }

        return due;
    }

    private void Unlink(WheelEntry entry)
    {
        if (entry.Previous is { } previous)
        {
            previous.Next = entry.Next;
        }
        else
        {
            _heads[entry.Slot] = entry.Next;
        }

        if (entry.Next is { } next)
        {
            next.Previous = entry.Previous;
        }

        entry.Next = entry.Previous = null;
        entry.Slot = WheelEntry.Nowhere;
        Interlocked.Decrement(ref _armed);
    }

    private void Rest()
    {
        _rested = Armed == 0 ? _rested + 1 : 0;
        if (_rested < RestingSteps)
        {
            return;
        }

        _rested = 0;
        _timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        Volatile.Write(ref _runs, 0);
        Interlocked.MemoryBarrier();
        if (Armed > 0 && Interlocked.Exchange(ref _runs, 1) == 0)
        {
            _timer.Change(_step, _step); // armed between the look and the stop
        }
    }
}
