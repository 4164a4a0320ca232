using System.Diagnostics;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace Resilience.ConnectionPools;

/// <content>What comes back in doubt, what grows old, and what doesn't come back.</content>
public sealed partial class ConnectionPool<T>
{
    private const long ShortestUpkeep = 10; // ms
    private const long LongestUpkeep = 10_000;
    private const long LongestRefill = 1_000; // lending an idle one tells nobody that the reserve is short
    private const long NoStacks = -1; // no use has this number
    private const int HuntThresholds = 10; // what leaks again leaks again within a while; noting everybody for ever would be dear

    private readonly long _upkeepPeriod;
    private long _nextUpkeep;
    private long _stackMask;
    private long _huntUntil;

    private static long UpkeepPeriod(ConnectionPoolOptions options)
    {
        var leaks = options.LeakThreshold == TimeSpan.Zero ? TimeSpan.MaxValue : options.LeakThreshold;
        var shortest = new[] { options.IdleTimeout, options.MaxLifetime, options.KeepAliveInterval, leaks }.Min();
        return Math.Clamp((long)shortest.TotalMilliseconds / 10, ShortestUpkeep, options.MinIdle > 0 ? LongestRefill : LongestUpkeep);
    }

    private static long StackMask(ConnectionPoolOptions options) => options.LeakStackInterval == 0 || options.LeakThreshold == TimeSpan.Zero
        ? NoStacks // until a leak is found
        : BitOperations.RoundUpToPowerOf2((uint)options.LeakStackInterval) - 1;

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void NoteBorrower(PoolEntry<T> entry, long use) => (entry.Borrower, entry.BorrowerUse) = (new StackTrace(fNeedFileInfo: false), use);

    private void Tick() => Change((ref after) =>
    {
        var now = _clock.Now;
        if (now >= _nextUpkeep && !_isClosed)
        {
            _nextUpkeep = now + _upkeepPeriod;
            EvictAndCheck(ref after, now);
            FindLeaks(ref after, now);
        }
    });

    private void EvictAndCheck(ref Aftermath<T> after, long now)
    {
        var idle = TakeIdle();
        var spare = idle.Count - Math.Min(_options.MinIdle, _maxSize);
        var checks = _factory.CanValidate && !_isSuspended ? (idle.Count + 1) / 2 : 0; // never all: somebody may ask for one meanwhile
        for (var index = idle.Count - 1; index >= 0; index--)
        {
            var entry = idle[index];
            var isLongIdle = spare > 0 && now - entry.IdleSince >= entry.MaxIdle;
            if (isLongIdle || !MayBeLent(entry, now))
            {
                spare--;
                BeginClose(ref after, entry);
                idle.RemoveAt(index);
            }
            else if (checks > 0 && now - entry.ProvenAt >= Milliseconds(_options.KeepAliveInterval))
            {
                checks--;
                BeginCheck(ref after, entry);
                idle.RemoveAt(index);
            }
        }

        PushIdle(idle);
    }

    private void BeginCheck(ref Aftermath<T> after, PoolEntry<T> entry, bool isReset = false)
    {
        _withPool++;
        entry.IsResetting = isReset;
        after.Check(entry);
    }

    private async Task CheckAsync(PoolEntry<T> entry) =>
        Checked(entry, await AskAsync(token => _factory.ValidateAsync(entry.Connection!, token)).ConfigureAwait(false));

    private async Task ResetAsync(PoolEntry<T> entry) =>
        Checked(entry, await AskAsync(token => _factory.ResetAsync(entry.Connection!, token)).ConfigureAwait(false));

    private async Task<bool> AskAsync(Func<CancellationToken, ValueTask<bool>> ask)
    {
        try
        {
            return await BoundedAsync(ask, _options.ValidationTimeout, late: null).ConfigureAwait(false);
        }
        catch (Exception)
        {
            return false; // whatever it was: the connection doesn't do what it should
        }
    }

    private void Checked(PoolEntry<T> entry, bool works) => Change((ref after) =>
    {
        _withPool--;
        var now = _clock.Now;
        if (!works || !MayBeLent(entry, now))
        {
            BeginClose(ref after, entry);
            if (!works)
            {
                SuspectOthers(ref after, freshUntil: now);
            }

            return;
        }

        Prove(entry, now);
        entry.IdleSince = entry.IsResetting ? now : entry.IdleSince;
        if (TryServe(ref after, entry, now))
        {
            return;
        }

        if (entry.IsResetting)
        {
            _idle.PushGuarded(entry);
        }
        else
        {
            // A check is no use: what nobody needed goes back beneath what somebody did, and still ends when it has lain there for too long.
            PushIdle([.. TakeIdle(), entry]);
        }
    });

    // Where one connection is dead the others may be: all are asked at once, so that nobody finds out one by one.
    private void SuspectOthers(ref Aftermath<T> after, long freshUntil)
    {
        if (!_factory.CanValidate || _isSuspended)
        {
            return;
        }

        var idle = TakeIdle();
        foreach (var entry in idle.Where(entry => entry.FreshUntil <= freshUntil))
        {
            BeginCheck(ref after, entry);
        }

        PushIdle([.. idle.Where(entry => entry.FreshUntil > freshUntil)]);
    }

    private void PutBack(PoolEntry<T> entry, ReturnAction action, bool isBroken) => Change((ref after) =>
    {
        if (action == ReturnAction.Discard || _isClosed || !MayBeLent(entry, _clock.Now))
        {
            BeginClose(ref after, entry);
            if (isBroken)
            {
                SuspectOthers(ref after, freshUntil: Never); // what they proved was before this
            }
        }
        else if (action == ReturnAction.Reset)
        {
            BeginCheck(ref after, entry, isReset: true);
        }
        else
        {
            _idle.PushGuarded(entry);
        }
    });

    private void FindLeaks(ref Aftermath<T> after, long now)
    {
        if (now >= _huntUntil)
        {
            _stackMask = StackMask(_options);
        }

        foreach (var entry in _options.LeakThreshold == TimeSpan.Zero ? [] : _entries)
        {
            var use = entry.Use;
            var held = now - entry.RentedAt;
            if ((use & 1) == 0 || use == entry.LeakUse || held < Milliseconds(_options.LeakThreshold))
            {
                continue;
            }

            entry.LeakUse = use;
            var borrower = entry.BorrowerUse == use ? entry.Borrower : null;
            if (borrower is null)
            {
                (_stackMask, _huntUntil) = (0, now + (HuntThresholds * Milliseconds(_options.LeakThreshold))); // everybody is noted for a while
            }

            after.Report(new ConnectionLeak(Name, TimeSpan.FromMilliseconds(held), borrower));
        }
    }

    private long LongestHeld(long now)
    {
        long longest = 0;
        foreach (var entry in _entries)
        {
            longest = entry.IsRented ? Math.Max(longest, now - entry.RentedAt) : longest;
        }

        return longest;
    }

    private void Report(ConnectionLeak leak)
    {
        _counters.CountLeak();
        try
        {
            _options.OnLeak?.Invoke(leak);
        }
        catch (Exception exception)
        {
            Telemetry.CallbackErrors.Count(Name, exception);
        }
    }
}
