using System.Diagnostics.Metrics;
using Resilience.Telemetry;

namespace Resilience.Memory;

/// <summary>Every name this pattern shows to an operator, and the one place it speaks from.</summary>
internal static class MemoryTelemetry
{
    private const string TagTag = "resilience.memory.tag"; // bounded: MemoryManager.MostTags

    private static readonly LiveSet<MemoryManager> _live = new();

    static MemoryTelemetry()
    {
        var meter = ResilienceTelemetry.Meter;
        meter.CreateObservableUpDownCounter("resilience.memory.used", static () => Each(static s => s.Reading.Used), "By", "Memory that counts against what there is.");
        meter.CreateObservableUpDownCounter("resilience.memory.limit", Limits, "By", "The soft and the hard limit, where they are known.");
        meter.CreateObservableUpDownCounter("resilience.memory.level", Levels, "{manager}", "Which level memory is at: 1 for that, 0 for the others.");
        meter.CreateObservableUpDownCounter("resilience.memory.tagged", Tagged, "By", "Memory accounted to a tag.");
        meter.CreateObservableCounter("resilience.memory.collections", static () => Each(static s => s.Collections), "{collection}", "Collections forced.");
        meter.CreateObservableCounter("resilience.memory.refused", static () => Each(static s => s.Refused), "{request}", "Tagged work refused.");
    }

    public static void Watch(MemoryManager manager) => _live.Add(manager);

    public static void Forget(MemoryManager manager) => _live.Remove(manager);

    private static IEnumerable<MemorySnapshot> Snapshots() => _live.Snapshot().Select(static manager => manager.Snapshot()).DistinctBy(static snapshot => snapshot.Name);

    private static IEnumerable<Measurement<long>> Each(Func<MemorySnapshot, long> value) =>
        Snapshots().Select(snapshot => new Measurement<long>(value(snapshot), new KeyValuePair<string, object?>(ResilienceTags.Name, snapshot.Name)));

    private static IEnumerable<Measurement<long>> Limits() =>
        from snapshot in Snapshots()
        from limit in (IEnumerable<(string State, long? Bytes)>)[("soft", snapshot.SoftLimit), ("hard", snapshot.HardLimit)]
        where limit.Bytes is not null
        select new Measurement<long>(limit.Bytes ?? 0, new(ResilienceTags.Name, snapshot.Name), new(ResilienceTags.State, limit.State));

    private static IEnumerable<Measurement<long>> Levels() =>
        from snapshot in Snapshots()
        from level in Enum.GetValues<MemoryLevel>()
        select new Measurement<long>(
            snapshot.Level == level ? 1 : 0, new(ResilienceTags.Name, snapshot.Name), new(ResilienceTags.State, level switch { MemoryLevel.Ample => "ample", MemoryLevel.Soft => "soft", _ => "hard" }));

    private static IEnumerable<Measurement<long>> Tagged() =>
        from snapshot in Snapshots()
        from tag in snapshot.Tags
        select new Measurement<long>(tag.Bytes, new(ResilienceTags.Name, snapshot.Name), new(TagTag, tag.Tag));
}
