using Resilience.Memory;
using Resilience.Pipelines;

namespace ServiceDefaults.Memory;

/// <summary>What <c>/resilience</c> says about memory and the collector.</summary>
internal static class MemoryEntries
{
    public static CatalogueEntry For(MemoryManager memory) => new("memory", memory.Name, () => OptionsOf(memory.Snapshot()), () => StateOf(memory.Snapshot()));

    public static CatalogueEntry ForCollector() => new("garbage-collector", "gc", static () => OptionsOf(CollectorReport.Read()), static () => StateOf(CollectorReport.Read()));

    private static Dictionary<string, object?> OptionsOf(MemorySnapshot snapshot) => new()
    {
        ["softLimitBytes"] = snapshot.SoftLimit,
        ["hardLimitBytes"] = snapshot.HardLimit,
    };

    private static Dictionary<string, object?> StateOf(MemorySnapshot snapshot) => new()
    {
        ["level"] = snapshot.Level.ToString(),
        ["source"] = snapshot.Reading.Source,
        ["usedBytes"] = snapshot.Reading.Used,
        ["availableBytes"] = snapshot.Reading.Available,
        ["heapBytes"] = snapshot.Reading.Heap,
        ["heapAvailableBytes"] = snapshot.Reading.HeapAvailable,
        ["fullCollections"] = snapshot.Reading.FullCollections,
        ["tags"] = snapshot.Tags,
        ["actions"] = snapshot.Actions,
        ["forcedCollections"] = snapshot.Collections,
        ["productiveCollections"] = snapshot.ProductiveCollections,
        ["refused"] = snapshot.Refused,
    };

    private static Dictionary<string, object?> OptionsOf(CollectorReport report) => new()
    {
        ["isServer"] = report.IsServer,
        ["latencyMode"] = report.LatencyMode.ToString(),
        ["settings"] = report.Settings,
    };

    private static Dictionary<string, object?> StateOf(CollectorReport report) => new()
    {
        ["processors"] = report.Processors,
        ["heapAvailableBytes"] = report.HeapAvailable,
        ["highLoadBytes"] = report.HighLoadBytes,
        ["advice"] = report.Advice,
    };
}
