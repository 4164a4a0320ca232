using System.Globalization;
using System.Runtime;

namespace Resilience.Memory;

/// <summary>How the garbage collector is set, and what would suit this process better.</summary>
public sealed record CollectorReport
{
    /// <summary>Gets a value indicating whether it collects with a thread and a heap for each processor.</summary>
    public required bool IsServer { get; init; }

    /// <summary>Gets when it stops the process.</summary>
    public required GCLatencyMode LatencyMode { get; init; }

    /// <summary>Gets how many processors it sees.</summary>
    public required int Processors { get; init; }

    /// <summary>Gets how many bytes it lets the heap grow to; null before its first collection.</summary>
    public required long? HeapAvailable { get; init; }

    /// <summary>Gets from how many bytes of the machine's or container's memory on it takes memory for short; null before its first collection.</summary>
    public required long? HighLoadBytes { get; init; }

    /// <summary>Gets all its settings by name.</summary>
    public required IReadOnlyDictionary<string, string> Settings { get; init; }

    /// <summary>Gets what to set otherwise, each a sentence with its reason. Most of it holds from the next start on.</summary>
    public IReadOnlyList<string> Advice => [.. Advise()];

    /// <summary>Reads the settings that hold now.</summary>
    /// <returns>The report.</returns>
    public static CollectorReport Read()
    {
        var memory = GC.GetGCMemoryInfo();
        return new()
        {
            IsServer = GCSettings.IsServerGC,
            LatencyMode = GCSettings.LatencyMode,
            Processors = Environment.ProcessorCount,
            HeapAvailable = memory.TotalAvailableMemoryBytes is > 0 and var available ? available : null,
            HighLoadBytes = memory.HighMemoryLoadThresholdBytes is > 0 and var high ? high : null,
            Settings = GC.GetConfigurationVariables().ToDictionary(
                static setting => setting.Key, static setting => Convert.ToString(setting.Value, CultureInfo.InvariantCulture) ?? "", StringComparer.Ordinal),
        };
    }

    /// <summary>Sets what can be set while the process runs, and takes over a memory limit that was changed from outside.</summary>
    /// <param name="latencyMode">When to stop the process; <see cref="GCLatencyMode.NoGCRegion"/> can't be set this way.</param>
    /// <returns>The settings that hold now.</returns>
    public static CollectorReport Apply(GCLatencyMode latencyMode)
    {
        GCSettings.LatencyMode = latencyMode;
        GC.RefreshMemoryLimit();
        return Read();
    }

    private IEnumerable<string> Advise()
    {
        if (IsServer && Processors == 1)
        {
            yield return "Set ServerGarbageCollector to false: with one processor it has no parallel work to do, and keeps more memory.";
        }

        if (HeapAvailable < 512L << 20 && IsServer && Processors > 1)
        {
            yield return $"Set ServerGarbageCollector to false, or DOTNET_GCHeapCount to 1: {Processors} heaps don't fit into {HeapAvailable >> 20} MB.";
        }

        if (HighLoadBytes > HeapAvailable)
        {
            yield return "Set System.GC.HighMemoryPercent lower: the collector takes memory for short only beyond what the heap may grow to, so it never does.";
        }

        if (LatencyMode == GCLatencyMode.SustainedLowLatency && HeapAvailable < 256L << 20)
        {
            yield return $"Set the latency mode to Interactive: avoiding full collections needs more room than {HeapAvailable >> 20} MB.";
        }
    }
}
