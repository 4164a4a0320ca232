using System.Diagnostics.Metrics;
using Resilience.Telemetry;

namespace Resilience.Pipelines;

/// <summary>Every name that partitions show to an operator. Keys are never among them: there is no telling how many there are.</summary>
internal static class PartitionTelemetry
{
    public const string ForCapacity = "capacity";
    public const string ForIdleness = "idle";

    private static readonly LiveSet<IPartitions> _partitions = new();

    private static readonly Counter<long> _evictions = ResilienceTelemetry.Meter.CreateCounter<long>(
        "resilience.partitions.evictions", "{partition}", "Partitions dropped, by why.");

    private static readonly Counter<long> _overflows = ResilienceTelemetry.Meter.CreateCounter<long>(
        "resilience.partitions.overflows", "{lookup}", "Look-ups that were given the shared pipeline, because no partition could make room.");

    static PartitionTelemetry() => ResilienceTelemetry.Meter.CreateObservableUpDownCounter(
        "resilience.partitions.count", CountsNow, "{partition}", "Partitions alive.");

    /// <summary>Something whose partitions can be counted, whatever their key.</summary>
    internal interface IPartitions
    {
        string Name { get; }

        int Count { get; }
    }

    public static void Show(IPartitions partitions) => _partitions.Add(partitions);

    public static void Dropped(string name, string reason) => _evictions.Add(1, new(ResilienceTags.Name, name), new(ResilienceTags.Reason, reason));

    public static void Overflowed(string name) => _overflows.Add(1, new KeyValuePair<string, object?>(ResilienceTags.Name, name));

    private static IEnumerable<Measurement<long>> CountsNow() =>
        NamedSeries.Sum(_partitions.Snapshot().GroupBy(static partitions => partitions.Name), static partitions => partitions.Count);
}
