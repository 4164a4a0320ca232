using System.Runtime.CompilerServices;
using Resilience.Interleaving;
using Resilience.Measurement;

namespace Resilience.Bulkheads;

/// <summary>Lets at most so many in: a word for the fast path, a lock and a queue for when it is full.</summary>
/// <remarks>
/// Invariants, whenever the lock is free: the word's waiting flag is set exactly if the queue holds somebody; while it is set, no one comes in
/// or leaves but under the lock, so a permit that becomes free goes to the queue and is never caught by a passer-by; while it is set, nothing
/// is free. What is in use never exceeds the limit but after the limit was lowered, and then only falls. No user code runs under the lock.
/// </remarks>
/// <typeparam name="TSteps">Nothing in production; a scheduler in the test of interleavings.</typeparam>
internal sealed partial class PermitGate<TSteps> : IWaiterHome
    where TSteps : struct, ISteps
{
    private readonly Lock _lock = new();
    private readonly MonotonicClock _clock;
    private readonly GateSettings _settings;
    private readonly PermitLedger _ledger;
    private readonly WaitQueue _queue;
    private ServePace _pace;
    private PermitWaiter? _spare; // a stack of waiters to use again, no longer than the queue was
    private long _word;

    public PermitGate(GateSettings settings, MonotonicClock clock)
    {
        _settings = settings;
        _clock = clock;
        _ledger = new PermitLedger(settings.Limit);
        _queue = new WaitQueue(settings.Order);
        _word = GateWord.Empty(settings.Limit);
    }

    public long Word => Volatile.Read(ref _word);

    public int Queued => _queue.Count;

    public (long Granted, long Returned) Counts => _ledger.Read();

    /// <summary>Comes in if that can be done now.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryEnter(out Ticket ticket)
    {
        TSteps.Reach();
        var seen = Volatile.Read(ref _word);
        if (!GateWord.HasRoom(seen))
        {
            ticket = default;
            return false;
        }

        if (!TrySwap(seen, seen + 1))
        {
            return TryEnterAgain(out ticket);
        }

        TSteps.Reach();
        ticket = _ledger.Claim(GateWord.InUse(seen));
        return true;
    }

    /// <summary>Leaves, and passes the permit on if somebody waits.</summary>
    /// <returns>False when this use of the permit was over already; nothing is changed then.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool Exit(Ticket ticket)
    {
        TSteps.Reach();
        if (!_ledger.Return(ticket))
        {
            return false;
        }

        TSteps.Reach();
        var seen = Volatile.Read(ref _word);
        if (GateWord.IsWaiting(seen) || !TrySwap(seen, seen - 1))
        {
            ExitAgain();
        }

        return true;
    }

    // Somebody else was quicker. Apart from the first try, which is small enough to become part of its caller.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool TryEnterAgain(out Ticket ticket)
    {
        while (true)
        {
            TSteps.Reach();
            var seen = Volatile.Read(ref _word);
            if (!GateWord.HasRoom(seen))
            {
                ticket = default;
                return false;
            }

            if (TrySwap(seen, seen + 1))
            {
                TSteps.Reach();
                ticket = _ledger.Claim(GateWord.InUse(seen));
                return true;
            }
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void ExitAgain()
    {
        while (true)
        {
            TSteps.Reach();
            var seen = Volatile.Read(ref _word);
            if (GateWord.IsWaiting(seen))
            {
                PassOn();
                return;
            }

            if (TrySwap(seen, seen - 1))
            {
                return;
            }
        }
    }

    private void PassOn()
    {
        var told = default(Verdicts);
        using (Hold())
        {
            TSteps.Reach();
            Interlocked.Decrement(ref _word);
            Serve(ref told);
        }

        told.Tell();
    }

    /// <summary>Comes in, waits, or is refused.</summary>
    /// <param name="priority">From 0 to <see cref="Bulkhead.HighestPriority"/>.</param>
    /// <param name="deadline">When the caller has no use for the permit any more; <see cref="long.MaxValue"/> for never.</param>
    /// <param name="waiter">Who to await and to watch over, when it came to waiting.</param>
    /// <returns>How it went, unless there is a waiter.</returns>
    public Entry Enter(int priority, long deadline, out PermitWaiter? waiter)
    {
        waiter = null;
        var told = default(Verdicts);
        using (Hold())
        {
            while (true)
            {
                TSteps.Reach();
                var seen = Volatile.Read(ref _word);
                if (GateWord.HasRoom(seen))
                {
                    if (TrySwap(seen, seen + 1))
                    {
                        return new Entry(EntryKind.Granted, _ledger.Claim(GateWord.InUse(seen)));
                    }

                    continue;
                }

                var now = _clock.Now;
                if (Refusal(seen, priority, deadline, now) is { } refusal)
                {
                    return new Entry(refusal);
                }

                // Only from a full word: a permit given back between the look and the swap fails the swap.
                if (GateWord.IsWaiting(seen) || TrySwap(seen, seen | GateWord.Waiting))
                {
                    Displace(priority, now, ref told);
                    waiter = Queue(priority, deadline, now);
                    break;
                }
            }
        }

        told.Tell();
        return default;
    }

    public void Recycle(PermitWaiter waiter)
    {
        using (Hold())
        {
            (waiter.Next, _spare) = (_spare, waiter);
        }
    }
}
