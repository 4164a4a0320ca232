using System.Runtime.CompilerServices;

namespace Resilience.Bulkheads;

/// <content>What is done to the queue, all of it with the lock held.</content>
internal sealed partial class PermitGate<TSteps>
{
    private EntryKind? Refusal(long word, int priority, long deadline, long now)
    {
        if (GateWord.IsClosed(word))
        {
            return EntryKind.ShuttingDown;
        }

        if (_queue.Count >= _settings.QueueCapacity && (_settings.QueueCapacity == 0 || _queue.Weakest(priority) is null))
        {
            return EntryKind.QueueFull;
        }

        return deadline != long.MaxValue && now + _pace.WaitFor(_queue.Ahead(priority)) + _settings.ServiceTime >= deadline
            ? EntryKind.DeadlineTooClose
            : null;
    }

    private void Displace(int priority, long now, ref Verdicts told)
    {
        if (_queue.Count >= _settings.QueueCapacity && _queue.Weakest(priority) is { } weakest)
        {
            Leave(weakest, EntryKind.QueueFull, now, ref told);
        }
    }

    private PermitWaiter Queue(int priority, long deadline, long now)
    {
        var waiter = _spare ?? new PermitWaiter(this);
        _spare = waiter.Next;

        var latest = deadline == long.MaxValue ? long.MaxValue : deadline - _settings.ServiceTime;
        var patience = _settings.MaxQueueTime == long.MaxValue ? long.MaxValue : now + _settings.MaxQueueTime;
        waiter.Since = now;
        (waiter.Due, waiter.DueKind) = patience <= latest ? (patience, EntryKind.QueueTimeout) : (latest, EntryKind.DeadlineTooClose);
        if (_queue.Count == 0)
        {
            _pace.Begin(now);
        }

        _queue.Add(waiter, priority);
        return waiter;
    }

    // Passes every free permit to those who wait, in their order; who came too late for it is told so instead.
    private void Serve(ref Verdicts told)
    {
        while (_queue.Peek() is { } waiter && GateWord.InUse(_word) < GateWord.Limit(_word))
        {
            var now = _clock.Now;
            if (waiter.Due <= now)
            {
                Leave(waiter, waiter.DueKind, now, ref told);
                continue;
            }

            TSteps.Reach();
            var inUse = GateWord.InUse(Interlocked.Increment(ref _word)) - 1;
            Leave(waiter, EntryKind.Granted, now, ref told, _ledger.Claim(inUse));
            _pace.Served(now);
        }

        Settle();
    }

    private void Leave(PermitWaiter waiter, EntryKind kind, long now, ref Verdicts told, Ticket ticket = default)
    {
        _queue.Remove(waiter);
        waiter.Decide(kind, now, ticket);
        told.Add(waiter);
    }

    // The flag goes with the last who waits.
    private void Settle()
    {
        if (_queue.Count == 0 && GateWord.IsWaiting(_word))
        {
            TSteps.Reach();
            Interlocked.And(ref _word, ~GateWord.Waiting);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool TrySwap(long seen, long wanted)
    {
        TSteps.Reach();
        return Interlocked.CompareExchange(ref _word, wanted, seen) == seen;
    }

    private void Replace(int argument, Func<long, int, long> change)
    {
        long seen;
        do
        {
            seen = Volatile.Read(ref _word);
        }
        while (!TrySwap(seen, change(seen, argument)));
    }

    private Held Hold() => new(_lock);

    private readonly ref struct Held
    {
        private readonly Lock _gate;

        public Held(Lock gate)
        {
            TSteps.Enter(gate);
            _gate = gate;
        }

        public void Dispose() => TSteps.Exit(_gate);
    }
}
