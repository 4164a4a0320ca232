namespace Resilience.Profiling;

/// <summary>Adds up the threads, and leaves out what lies before the last reset.</summary>
/// <remarks>A reset changes no counter, which only its thread may write: it remembers how far they were.</remarks>
internal sealed class ProfilerBaseline(ScopeProfiler owner)
{
    private readonly Lock _lock = new();
    private ScopeTotals[] _earlier = [];
    private long _since = owner.Clock.Now;

    public void Reset(IReadOnlyList<ProfilerThread> threads)
    {
        lock (_lock)
        {
            _earlier = Sum(threads, owner.Tree.Paths.Length);
            _since = owner.Clock.Now;
        }
    }

    public ProfileSnapshot Snapshot(IReadOnlyList<ProfilerThread> threads)
    {
        var paths = owner.Tree.Paths;
        lock (_lock)
        {
            var totals = Sum(threads, paths.Length);
            for (var id = 0; id < _earlier.Length; id++)
            {
                totals[id].Subtract(_earlier[id]);
            }

            return new ProfileSnapshot
            {
                Name = owner.Name,
                Duration = owner.Clock.ToTime(owner.Clock.Now - _since),
                HasCpu = owner.Clock.HasCpu,
                Threads = threads.Count,
                Dropped = owner.Dropped,
                DoubleDisposes = owner.DoubleDisposes,
                Roots = Build(paths, totals),
            };
        }
    }

    private static ScopeTotals[] Sum(IReadOnlyList<ProfilerThread> threads, int paths)
    {
        var totals = new ScopeTotals[paths];
        for (var id = 0; id < paths; id++)
        {
            totals[id] = new();
        }

        foreach (var thread in threads)
        {
            thread.Counters.AddTo(totals);
        }

        return totals;
    }

    // Children are made before their parents, since they stand after them.
    private List<ScopeProfile> Build(ReadOnlySpan<ScopePath> paths, ScopeTotals[] totals)
    {
        var roots = new List<ScopeProfile>();
        var children = new List<ScopeProfile>?[paths.Length];
        for (var id = paths.Length - 1; id >= 0; id--)
        {
            var (path, sum) = (paths[id], totals[id]);
            var inside = children[id] ?? [];
            if (sum.Opened == 0 && sum.SelfBytes == 0 && sum.SelfCpu == 0 && inside.Count == 0)
            {
                continue; // not since the reset
            }

            inside.Sort(static (left, right) => right.Wall.CompareTo(left.Wall) is var order and not 0 ? order : string.CompareOrdinal(left.Name, right.Name));
            var siblings = path.Parent!.Id < 0 ? roots : children[path.Parent.Id] ??= [];
            siblings.Add(Profile(path, sum, inside));
        }

        roots.Sort(static (left, right) => right.Wall.CompareTo(left.Wall) is var order and not 0 ? order : string.CompareOrdinal(left.Name, right.Name));
        return roots;
    }

    private ScopeProfile Profile(ScopePath path, ScopeTotals sum, List<ScopeProfile> children)
    {
        var clock = owner.Clock;
        var selfCpu = clock.HasCpu ? clock.ToTime(sum.SelfCpu) : TimeSpan.Zero;
        return new ScopeProfile
        {
            Name = path.Name,
            Count = sum.Closed,
            Open = Math.Max(0, sum.Opened - sum.Closed),
            Wall = clock.ToTime(sum.Wall),
            SelfWall = clock.ToTime(sum.SelfWall),
            Cpu = selfCpu + new TimeSpan(children.Sum(static child => child.Cpu.Ticks)),
            SelfCpu = selfCpu,
            Bytes = sum.SelfBytes + children.Sum(static child => child.Bytes),
            SelfBytes = sum.SelfBytes,
            Median = clock.ToTime(sum.Quantile(0.5)),
            P99 = clock.ToTime(sum.Quantile(0.99)),
            Children = children,
        };
    }
}
