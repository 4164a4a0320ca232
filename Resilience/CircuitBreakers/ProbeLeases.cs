using Resilience.Interleaving;

namespace Resilience.CircuitBreakers;

/// <summary>Lets a few calls through at a time, each for a limited time only.</summary>
/// <remarks>
/// A lease is the moment it ends, kept in its slot: it is given back by exchanging that very value, so what comes back after another has
/// taken the slot finds a stranger's lease and changes nothing. Safe for concurrent use, without a lock.
/// </remarks>
/// <param name="count">How many leases there are.</param>
internal sealed class ProbeLeases(int count)
{
    private const long Free = 0;

    private readonly long[] _ends = new long[count];
    private int _successes;
    private int _expired;

    /// <summary>Gets how many leases ran out and were taken over.</summary>
    public int Expired => Volatile.Read(ref _expired);

    /// <summary>Takes a lease, if one is free or has run out.</summary>
    /// <param name="now">The clock's time.</param>
    /// <param name="milliseconds">How long the lease is to last.</param>
    /// <param name="slot">Which one it is.</param>
    /// <param name="end">When it ends.</param>
    /// <returns>Whether there was one.</returns>
    public bool TryTake<TSteps>(long now, long milliseconds, out int slot, out long end)
        where TSteps : struct, ISteps
    {
        end = now + milliseconds;
        for (slot = 0; slot < _ends.Length; slot++)
        {
            TSteps.Reach();
            var held = Volatile.Read(ref _ends[slot]);
            TSteps.Reach();
            if ((held == Free || held <= now) && Interlocked.CompareExchange(ref _ends[slot], end, held) == held)
            {
                if (held != Free)
                {
                    Interlocked.Increment(ref _expired);
                }

                return true;
            }
        }

        return false;
    }

    /// <summary>Gives a lease back.</summary>
    /// <param name="slot">Which one.</param>
    /// <param name="end">When it was to end.</param>
    /// <param name="now">The clock's time.</param>
    /// <returns>False when it had run out: whatever its call brought back is too late.</returns>
    public bool TryReturn<TSteps>(int slot, long end, long now)
        where TSteps : struct, ISteps
    {
        TSteps.Reach();
        return Interlocked.CompareExchange(ref _ends[slot], Free, end) == end && now < end;
    }

    /// <summary>Counts a probe that succeeded.</summary>
    /// <returns>How many have by now.</returns>
    public int Succeeded<TSteps>()
        where TSteps : struct, ISteps
    {
        TSteps.Reach();
        return Interlocked.Increment(ref _successes);
    }

    /// <summary>Counts the probes under way.</summary>
    /// <param name="now">The clock's time.</param>
    /// <returns>From 0 to the number of leases.</returns>
    public int UnderWay(long now)
    {
        var underWay = 0;
        foreach (ref readonly var end in _ends.AsSpan())
        {
            underWay += Volatile.Read(in end) > now ? 1 : 0;
        }

        return underWay;
    }

    /// <summary>Gets when the next lease runs out at the latest.</summary>
    /// <param name="now">The clock's time.</param>
    /// <returns>Not before <paramref name="now"/>.</returns>
    public long NextEnd(long now)
    {
        var next = long.MaxValue;
        foreach (ref readonly var end in _ends.AsSpan())
        {
            next = Math.Min(next, Volatile.Read(in end));
        }

        return Math.Max(now, next);
    }
}
