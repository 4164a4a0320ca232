namespace Resilience.Profiling;

/// <summary>What a profiler has measured since its start or its last reset.</summary>
public sealed record ProfileSnapshot
{
    /// <summary>Gets the profiler's name.</summary>
    public required string Name { get; init; }

    /// <summary>Gets since when it measures.</summary>
    public required TimeSpan Duration { get; init; }

    /// <summary>Gets whether the platform tells a thread's CPU time; if not, all CPU times are zero.</summary>
    public required bool HasCpu { get; init; }

    /// <summary>Gets how many threads have measured at the same time.</summary>
    public required int Threads { get; init; }

    /// <summary>Gets how many scopes weren't measured since they stood too deep, or would have needed one place too many. Since the start.</summary>
    public required long Dropped { get; init; }

    /// <summary>Gets how often a scope was disposed that had ended before: each is a bug of its owner. Since the start.</summary>
    public required long DoubleDisposes { get; init; }

    /// <summary>Gets the scopes that stand in no other, the longest first.</summary>
    public required IReadOnlyList<ScopeProfile> Roots { get; init; }

    /// <summary>Gets what has cost most by itself, wherever in the tree it stands.</summary>
    /// <param name="by">Of what.</param>
    /// <param name="most">How many to get at most.</param>
    /// <returns>The dearest first.</returns>
    public IReadOnlyList<Hotspot> Hotspots(ProfileMeasure by, int most = 10) => HotspotFinder.Find(Roots, by, most);

    /// <summary>Writes the tree and the hotspots for a terminal.</summary>
    /// <returns>Lines of text.</returns>
    public string ToText() => TextReport.Write(this);

    /// <summary>Writes the tree and the hotspots as tables in Markdown.</summary>
    /// <returns>Lines of Markdown.</returns>
    public string ToMarkdown() => MarkdownReport.Write(this);

    /// <summary>Writes a file for speedscope, with a profile each for time, CPU and bytes.</summary>
    /// <returns>JSON.</returns>
    public string ToSpeedscope() => SpeedscopeReport.Write(this);

    /// <summary>Writes folded stacks, which flame graphs are drawn from: <c>outer;inner 1234</c>.</summary>
    /// <param name="measure">What the figures count: nanoseconds, of time or of CPU, or bytes.</param>
    /// <returns>A line for each place that has anything of its own.</returns>
    public string ToFolded(ProfileMeasure measure = ProfileMeasure.Wall) => FoldedReport.Write(this, measure);
}
