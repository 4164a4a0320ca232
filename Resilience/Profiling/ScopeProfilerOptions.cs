using System.ComponentModel.DataAnnotations;
using Resilience.Validation;

namespace Resilience.Profiling;


/// <summary>Says how much a profiler may remember, and how finely it reads the CPU's clock.</summary>
public sealed class ScopeProfilerOptions
{
    /// <summary>Gets or sets how many different names scopes may have.</summary>
    /// <value>A number of names from 1 to 10000; 512 by default. Scopes of further names are all called <c>(other)</c>. Higher costs memory once an id gets into a name.</value>
    [Range(1, 10_000)]
    public int MaxNames { get; set; } = 512;

    /// <summary>Gets or sets how many places in the tree there may be: names under names.</summary>
    /// <value>
    /// A number of places from 1 to 100000; 2048 by default. A scope for which there is no place isn't measured, is counted as dropped, and what
    /// happens in it is its parent's own. Higher costs about a kilobyte for each place and thread that has been there.
    /// </value>
    [Range(1, 100_000)]
    public int MaxPaths { get; set; } = 2048;

    /// <summary>Gets or sets how deep scopes may stand in each other, recursion included.</summary>
    /// <value>A number of scopes from 1 to 1000; 64 by default. A deeper scope isn't measured, and is counted as dropped. Higher shows more of a recursion.</value>
    [Range(1, 1000)]
    public int MaxDepth { get; set; } = 64;

    /// <summary>Gets or sets from which stretch of time on the thread's CPU clock, which costs hundreds of nanoseconds, is read.</summary>
    /// <value>
    /// A time from 00:00:00 to 00:00:01; 00:00:00.0000100 by default, at which it costs a few hundredths of the time. A shorter stretch counts as
    /// CPU in full: who waits, waits longer. Higher is cheaper, and takes longer waits for work.
    /// </value>
    [TimeRange("00:00:00", "00:00:01")]
    public TimeSpan CpuClockFrom { get; set; } = TimeSpan.FromMicroseconds(10);

    /// <summary>Gets or sets whether each scope is a span, too, for who listens to the source <c>Resilience</c>.</summary>
    /// <value>False by default. A span costs ten times what a scope costs.</value>
    public bool MirrorsSpans { get; set; }
}
