using System.Diagnostics.Metrics;
using Resilience.Memory;
using Resilience.Telemetry;
using Xunit;

namespace Resilience.Tests.Memory;

/// <summary>What the pattern's page shows, run; and what an operator sees of it.</summary>
public sealed class MemoryUsageTests
{
    [Fact]
    public void By_itself()
    {
        var isShedding = false;
        var cache = new Queue<byte[]>();

        using var memory = new MemoryManager("shop", new MemoryOptions { SoftLimit = MemoryLimit.OfAvailable(0.7), HardLimit = MemoryLimit.OfAvailable(0.85) });

        using var shrinking = memory.Register(MemoryStage.ShrinkCaches, _ => cache.Clear());
        using var shedding = memory.Register(MemoryStage.ShedLoad, pressure => isShedding = pressure.Level != MemoryLevel.Ample);

        using (memory.Track("cart", bytes: 64 * 1024))
        {
            Assert.Equal(64 * 1024, memory.Snapshot().Tags.Single().Bytes);
        }

        var suspects = memory.Snapshot().Tags.Where(static tag => tag.IsSuspect);
        var advice = CollectorReport.Read().Advice;
        var sockets = SystemResources.Read().Sockets;

        Assert.Empty(suspects);
        Assert.NotNull(advice);
        Assert.True(sockets is null or >= 0);
        Assert.False(isShedding);
    }

    [Fact]
    public void A_manager_has_its_gauges_from_the_first_moment_and_none_after_it_is_gone()
    {
        var name = "telemetry-" + Guid.NewGuid().ToString("N")[..8];
        List<(string Instrument, long Value, Dictionary<string, object?> Tags)> seen = [];
        using var listener = new MeterListener();
        listener.InstrumentPublished = static (instrument, listener) =>
        {
            if (instrument.Meter.Name == ResilienceTelemetry.Name && instrument.Name.StartsWith("resilience.memory.", StringComparison.Ordinal))
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) =>
        {
            var all = tags.ToArray().ToDictionary();
            if (Equals(all[ResilienceTags.Name], name))
            {
                seen.Add((instrument.Name, value, all));
            }
        });
        listener.Start();
        var memory = new MemoryManager(name, null, new ScriptedMemory { Used = 800 });
        memory.Check();
        using var cart = memory.Track("cart", 50);

        Assert.Equal((800, 750, 900), (Read("used"), Read("limit", "soft"), Read("limit", "hard")));
        Assert.Equal((0, 1, 0), (Read("level", "ample"), Read("level", "soft"), Read("level", "hard")));
        Assert.Equal((50, 0, 0), (Read("tagged", "cart"), Read("collections"), Read("refused")));
        memory.Dispose();
        Assert.Null(Read("used"));

        long? Read(string instrument, string? tag = null)
        {
            seen.Clear();
            listener.RecordObservableInstruments();
            return seen.Where(s => s.Instrument == "resilience.memory." + instrument && (tag is null || s.Tags.ContainsValue(tag))).Select(static s => (long?)s.Value).SingleOrDefault();
        }
    }
}
