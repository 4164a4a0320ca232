using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging.Abstractions;
using Polly;
using Resilience.Benchmarks.Harness;
using Resilience.Telemetry;

namespace Resilience.Benchmarks.Goals;

internal sealed class Listening() : Goal("G19", "what a listener to the metrics adds to five strategies", "Polly's telemetry with a listener")
{
    public override async Task<GoalResult> MeasureAsync(Stand stand)
    {
        var ours = Calls.AtOnce("ours, nobody listens", Fives.Ours<int>().Build());
        var polly = Calls.AtOnce("Polly, nobody listens", Fives.Pollys<int>().ConfigureTelemetry(NullLoggerFactory.Instance).Build());

        var measured = await stand.CompareAsync(Heard("ours", ours, ResilienceTelemetry.Name), Heard("Polly", polly, "Polly"), ours, polly);
        return new(
            [
                new("", measured.Ratio(static cases => (cases[0].Nanoseconds - cases[2].Nanoseconds) / (cases[1].Nanoseconds - cases[3].Nanoseconds)), 0.50),
                new("allocates", measured.Bytes, 0, "B"),
            ],
            measured.Rows);
    }

    // The listener comes and goes with each batch: while one side is measured nobody listens to the other.
    private static Case Heard(string name, Case quiet, string meter) => quiet with { Name = name, Around = () => Listen(meter) };

    private static MeterListener Listen(string meter)
    {
        var listener = new MeterListener
        {
            InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Meter.Name == meter)
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<long>(static (_, _, _, _) => { });
        listener.SetMeasurementEventCallback<double>(static (_, _, _, _) => { });
        listener.Start();
        return listener;
    }
}
