using System.Globalization;

namespace Resilience.Memory;

/// <summary>Reads this process's memory: the container's figures where a container sets a limit, else the process's own beside the machine's.</summary>
public sealed class ProcessMemorySource : IMemorySource
{
    // Where the heap was given a bound of its own, the collector tells that one and not the machine's: the working set isn't to be held against it.
    private static readonly bool _isHeapBounded = IsSet("GCHeapHardLimit") || IsSet("GCHeapHardLimitPercent");

    private readonly Cgroup _cgroup;

    /// <summary>Initializes a source.</summary>
    public ProcessMemorySource()
        : this(new Cgroup())
    {
    }

    internal ProcessMemorySource(Cgroup cgroup) => _cgroup = cgroup;

    /// <inheritdoc/>
    public MemoryReading Read()
    {
        // The collector's report is as old as the last collection; only bounds are taken from it, which hardly change.
        var available = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes is > 0 and var bytes ? bytes : (long?)null;
        var container = _cgroup.Memory();
        return new()
        {
            Used = container?.Used ?? Environment.WorkingSet,
            Available = container?.Limit ?? (_isHeapBounded ? null : available),
            Source = container?.Source ?? "process",
            Heap = GC.GetTotalMemory(forceFullCollection: false),
            HeapAvailable = available,
            FullCollections = GC.CollectionCount(GC.MaxGeneration),
        };
    }

    /// <inheritdoc/>
    public void Collect() => GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);

    private static bool IsSet(string setting) =>
        GC.GetConfigurationVariables().TryGetValue(setting, out var value) && Convert.ToInt64(value, CultureInfo.InvariantCulture) > 0;
}
