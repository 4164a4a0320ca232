namespace Resilience.Profiling;

/// <summary>What one thread has measured, by place. Written by that thread alone, and read by anyone at any time.</summary>
internal sealed class ThreadCounters
{
    private ScopeCounters?[] _byPath = [];

    /// <summary>Finds a place's; null when the thread hasn't been there.</summary>
    public ScopeCounters? Find(ScopePath path)
    {
        var counters = _byPath;
        return path.Id < counters.Length ? counters[path.Id] : null;
    }

    /// <summary>Adds a place's that isn't there.</summary>
    public ScopeCounters Add(ScopePath path)
    {
        var counters = _byPath;
        if (path.Id >= counters.Length)
        {
            Array.Resize(ref counters, Math.Max(16, 2 * path.Id));
            Volatile.Write(ref _byPath, counters);
        }

        var added = new ScopeCounters();
        Volatile.Write(ref counters[path.Id], added);
        return added;
    }

    /// <summary>Adds what was measured to sums, by place.</summary>
    public void AddTo(ScopeTotals[] totals)
    {
        var counters = Volatile.Read(ref _byPath);
        for (var id = 0; id < Math.Min(counters.Length, totals.Length); id++)
        {
            Volatile.Read(ref counters[id])?.AddTo(totals[id]);
        }
    }
}
