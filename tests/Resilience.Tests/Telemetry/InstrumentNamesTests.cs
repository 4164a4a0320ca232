using System.Diagnostics.Metrics;
using System.Runtime.CompilerServices;
using Resilience.Telemetry;
using Xunit;

namespace Resilience.Tests.Telemetry;

public sealed class InstrumentNamesTests
{
    // Two of one name but of another unit or kind are one series to whoever collects them, and a wrong one.
    [Fact]
    public void No_two_instruments_share_a_name()
    {
        var instruments = All();

        Assert.Superset(
            new HashSet<string>(["bulkhead", "circuit_breaker", "memory", "object_pool", "pool", "retry"], StringComparer.Ordinal), // so that it looks at all
            instruments.Select(static instrument => instrument.Name.Split('.')).Where(static name => name[0] == "resilience").Select(static name => name[1]).ToHashSet(StringComparer.Ordinal));
        Assert.Empty(
            from instrument in instruments
            group $"{instrument.GetType().Name} in {instrument.Unit}: {instrument.Description}" by instrument.Name.ToUpperInvariant() into same
            where same.Count() > 1
            select $"{same.Key} is {string.Join(" and ", same)}");
    }

    // Instruments are made by class constructors. A pattern that is added is seen without a word here.
    private static List<Instrument> All()
    {
        foreach (var type in typeof(ResilienceTelemetry).Assembly.GetTypes().Where(static type => !type.ContainsGenericParameters))
        {
            RuntimeHelpers.RunClassConstructor(type.TypeHandle);
        }

        var instruments = new List<Instrument>();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, _) =>
            {
                if (instrument.Meter.Name == ResilienceTelemetry.Name)
                {
                    instruments.Add(instrument);
                }
            },
        };
        listener.Start();
        return instruments;
    }
}
