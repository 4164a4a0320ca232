using System.Diagnostics;

namespace Resilience.Profiling;

/// <summary>What a thread is in: a synchronous scope; or a stretch of an asynchronous one, or of none, that runs on top of what was there.</summary>
internal struct ScopeEntry
{
    /// <summary>The place that scopes opened now belong under.</summary>
    public ScopePath Path;

    /// <summary>What the time here is charged to; null for a stretch of no scope at all.</summary>
    public ScopeCounters? Counters;

    /// <summary>Of a stretch: whose it is. Of a synchronous scope: the asynchronous one that it stands directly in, if any.</summary>
    public AsyncFrame? Frame;

    /// <summary>The mirrored span of a synchronous scope.</summary>
    public Activity? Span;

    /// <summary>When a synchronous scope was opened.</summary>
    public long Start;

    /// <summary>Which synchronous scope it is; 0 for a stretch.</summary>
    public int Id;

    public readonly bool IsStretch => Id == 0;
}
