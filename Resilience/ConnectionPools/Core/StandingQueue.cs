namespace Resilience.ConnectionPools;

/// <summary>Tells a queue that stands from one that a burst left behind and that is being worked off.</summary>
/// <remarks>
/// A queue stands when everybody who was served for a whole interval had waited longer than the target (CoDel's test). As long as it stands, nobody
/// waits longer than twice the target: by then his answer would come too late, and so would those of all behind him. That is stricter than CoDel's
/// own law, which is made for senders that slow down when a packet is lost; callers don't. Not safe for concurrent use: under the pool's lock.
/// Sources: K. Nichols, V. Jacobson, <i>Controlling Queue Delay</i>, ACM Queue 10(5), 2012; B. Maurer, <i>Fail at Scale</i>, ACM Queue 13(8), 2015.
/// </remarks>
/// <param name="target">How long the luckiest may wait, in milliseconds; 0 for a queue that is never said to stand.</param>
/// <param name="interval">For how long, in milliseconds.</param>
internal sealed class StandingQueue(long target, long interval)
{
    private long _aboveSince = long.MaxValue;
    private long _emptySince = long.MaxValue;

    public bool IsWatched => target > 0;

    /// <summary>Notes that the first of the queue was served.</summary>
    public void Served(long now, long since)
    {
        if (now - since < target)
        {
            Clear();
        }
        else
        {
            Waits(now, since);
        }
    }

    /// <summary>Notes for how long the first of the queue has waited until now.</summary>
    public void Waits(long now, long since)
    {
        if (IsWatched && now - since >= target)
        {
            _aboveSince = Math.Min(_aboveSince, since + target);
        }
    }

    /// <summary>Notes that somebody comes to an empty queue. It may be empty for having been turned away just now: that is no sign of health.</summary>
    public void Begins(long now)
    {
        if (_emptySince != long.MaxValue && now - _emptySince >= interval)
        {
            Clear();
        }

        _emptySince = long.MaxValue;
    }

    /// <summary>Notes that nobody waits.</summary>
    public void IsEmpty(long now) => _emptySince = Math.Min(_emptySince, now);

    /// <summary>Forgets what was: the wait has another cause than too many callers.</summary>
    public void Clear() => _aboveSince = long.MaxValue;

    public bool Stands(long now) => _aboveSince != long.MaxValue && now - _aboveSince >= interval;

    /// <summary>Gets when one who has waited since then is turned away, if nothing changes.</summary>
    public long PatienceEnds(long since) => IsWatched
        ? Math.Max(since + (2 * target), Math.Min(_aboveSince, since + target) + interval)
        : long.MaxValue;
}
