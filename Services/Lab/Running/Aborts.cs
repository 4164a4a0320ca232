namespace Lab.Running;

/// <summary>The abort conditions that suit most experiments.</summary>
public static class Aborts
{
    private const double FullMemory = 0.98;
    private static readonly TimeSpan _longestSilence = TimeSpan.FromSeconds(30); // three times the gateway's deadline
    private static readonly TimeSpan _longestMethod = TimeSpan.FromMinutes(5);

    /// <summary>Gets all of them.</summary>
    public static IReadOnlyList<Probe> Usual { get; } =
    [
        Probe.Of("time without any answer to the load", Tolerance.Within(_longestSilence), Silence),
        Probe.Of("time that the method has taken", Tolerance.Within(_longestMethod), static run => run.Clock.GetUtcNow() - run.MethodBegan),
        Probe.Of("share of the machine's memory in use", Tolerance.AtMost(FullMemory), static _ => MemoryRatio()),
    ];

    private static Measurement Silence(ExperimentRun run)
    {
        var placed = run.Journal.Entries;
        return run.IsLoadRunning ? run.Clock.GetUtcNow() - (placed.Count == 0 ? run.MethodBegan : placed[^1].T1) : TimeSpan.Zero;
    }

    private static double MemoryRatio()
    {
        var memory = GC.GetGCMemoryInfo();
        return memory.TotalAvailableMemoryBytes == 0 ? 0 : (double)memory.MemoryLoadBytes / memory.TotalAvailableMemoryBytes;
    }
}
