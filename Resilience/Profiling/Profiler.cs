using System.Runtime.CompilerServices;

namespace Resilience.Profiling;

/// <summary>Says where this process spends its time, its CPU and its memory: <c>using var scope = Profiler.Scope("price");</c></summary>
/// <remarks>The one profiler that all code of a process shares. Always on, unless <see cref="ScopeProfiler.IsEnabled"/> of <see cref="Shared"/> is set to false.</remarks>
public static class Profiler
{
    /// <summary>Gets the profiler that all code of this process shares.</summary>
    public static ScopeProfiler Shared { get; } = new("shared");

    /// <inheritdoc cref="ScopeProfiler.Scope"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ProfilerScope Scope(string name) => Shared.Scope(name);

    /// <inheritdoc cref="ScopeProfiler.AsyncScope"/>
    public static AsyncProfilerScope AsyncScope(string name) => Shared.AsyncScope(name);

    /// <inheritdoc cref="ScopeProfiler.Snapshot"/>
    public static ProfileSnapshot Snapshot() => Shared.Snapshot();

    /// <inheritdoc cref="ScopeProfiler.Reset"/>
    public static void Reset() => Shared.Reset();
}
