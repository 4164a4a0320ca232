namespace Resilience.ConnectionPools;

/// <content>What is counted under the lock, and the one way to change it.</content>
public sealed partial class ConnectionPool<T>
{
    private const long Never = long.MaxValue;

    private readonly List<PoolEntry<T>> _entries = [];
    private readonly Stack<PoolEntry<T>> _freeEntries = new();
    private readonly TaskCompletionSource _drained = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _maxSize;
    private int _live; // idle, lent or with the pool: the stack says how many of them are idle
    private int _withPool; // of the live ones, those that are being checked or reset
    private int _creating;
    private int _closing;
    private int _generation;
    private int _stale; // of the live ones, those that EvictAll has condemned
    private bool _isSuspended;
    private bool _isClosed;

    private delegate void Step(ref Aftermath<T> after);

    private int Total => _live + _creating + _closing;

    private bool NeedsGuard => _isClosed || _isSuspended || _line.Count > 0 || _live > _maxSize || _stale > 0;

    // Whoever waits for no more than a connect, a check or a reset waits for the server, and turning others away would not help him.
    private bool WaitsForOthers => !_isSuspended && _creating == 0 && _line.Count > _withPool;

    private bool IsAway => _backoff.IsAway && _live == 0;

    // Whatever isn't lending an idle connection or laying one down comes through here: it changes something, and then puts everything right that
    // follows from it. Nobody else's code runs under the lock.
    private void Change(Step step)
    {
        var after = new Aftermath<T> { Due = Never };
        lock (_lock)
        {
            step(ref after);
            Settle(ref after, _clock.Now);
        }

        Finish(in after);
    }

    private void Settle(ref Aftermath<T> after, long now)
    {
        if (NeedsGuard)
        {
            _idle.SetGuard(guarded: true); // first, so that nothing is laid down behind our back that we then overlook
        }

        if (_line.Count > 0)
        {
            ServeLine(ref after, now);
        }

        if (_line.Count == 0)
        {
            _standing.IsEmpty(now);
            _earliestDue = Never; // else the alarm would ring for those who were served, again and again
        }

        while ((_isClosed || (_live > _maxSize && _line.Count == 0)) && _idle.PopGuarded() is { } extra)
        {
            BeginClose(ref after, extra);
        }

        PlanConnects(ref after, now);
        _idle.SetGuard(NeedsGuard);
        after.Due = NextDue(now);
        if (_isClosed && Total == 0)
        {
            _drained.TrySetResult();
        }
    }

    private long NextDue(long now)
    {
        if (_isClosed)
        {
            return Never;
        }

        var due = Math.Min(_nextUpkeep, _earliestDue);
        if (now < _backoff.Until && (_isWanted || _line.Count > 0 || _options.MinIdle > 0))
        {
            due = Math.Min(due, _backoff.Until);
        }

        return _line.First is { } first && WaitsForOthers ? Math.Min(due, _standing.PatienceEnds(first.Value.Since)) : due;
    }

    private void Finish(in Aftermath<T> after)
    {
        foreach (var waiter in after.Decided ?? [])
        {
            waiter.Tell();
        }

        for (var connect = 0; connect < after.Connects; connect++)
        {
            _background(ConnectAsync);
        }

        foreach (var entry in after.Checks ?? [])
        {
            _background(() => entry.IsResetting ? ResetAsync(entry) : CheckAsync(entry));
        }

        foreach (var connection in after.Closes ?? [])
        {
            _background(() => CloseAsync(connection));
        }

        foreach (var leak in after.Leaks ?? [])
        {
            Report(leak);
        }

        _alarm.Set(after.Due);
    }

    private bool MayBeLent(PoolEntry<T> entry, long now) => !entry.IsDoomed && entry.Generation == _generation && now < entry.ExpiresAt;

    private void BeginClose(ref Aftermath<T> after, PoolEntry<T> entry)
    {
        _live--;
        _stale -= entry.Generation == _generation ? 0 : 1;
        _closing++;
        after.Close(entry.Connection!);
        entry.Connection = null;
        _freeEntries.Push(entry);
    }

    // The connections that are idle, the top one first. Until they are pushed again nobody finds them, and whoever looks waits for the lock.
    private List<PoolEntry<T>> TakeIdle()
    {
        var taken = new List<PoolEntry<T>>(_idle.Count);
        while (_idle.PopGuarded() is { } entry)
        {
            taken.Add(entry);
        }

        return taken;
    }

    private void PushIdle(List<PoolEntry<T>> entries)
    {
        for (var index = entries.Count - 1; index >= 0; index--)
        {
            _idle.PushGuarded(entries[index]);
        }
    }

    private ConnectionPoolSnapshot SnapshotLocked()
    {
        var idle = _idle.Count;
        var now = _clock.Now;
        return new()
        {
            Name = Name,
            MaxSize = _maxSize,
            MinIdle = _options.MinIdle,
            Idle = idle,
            InUse = _live - idle,
            Creating = _creating,
            Closing = _closing,
            Waiting = _line.Count,
            IsSuspended = _isSuspended,
            IsServerAway = IsAway,
            LongestHeld = TimeSpan.FromMilliseconds(LongestHeld(now)),
            Lent = _entries.Sum(static entry => (entry.Use + 1) >> 1),
            Created = _counters.Created,
            Destroyed = _counters.Destroyed,
            ConnectFailures = _counters.ConnectFailures,
            TimedOut = _counters.Refused(PoolRefusalReason.Timeout) + _counters.Refused(PoolRefusalReason.Deadline),
            Shed = _counters.Refused(PoolRefusalReason.StandingQueue),
            RefusedServerAway = _counters.Refused(PoolRefusalReason.ServerAway),
            Cancelled = _counters.Cancelled,
            StaleReturns = _counters.StaleReturns,
            Leaks = _counters.Leaks,
        };
    }
}
