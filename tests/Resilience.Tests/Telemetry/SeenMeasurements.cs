using System.Diagnostics.Metrics;
using Resilience.Telemetry;

namespace Resilience.Tests.Telemetry;

/// <summary>What a listener to the library's meter sees of some instruments.</summary>
internal sealed class SeenMeasurements : IDisposable
{
    private readonly MeterListener _listener = new();
    private readonly List<(string Instrument, double Value, Dictionary<string, object?> Tags)> _seen = [];

    public SeenMeasurements(Func<string, bool> instruments)
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name == ResilienceTelemetry.Name && instruments(instrument.Name))
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => See(instrument, value, tags));
        _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => See(instrument, value, tags));
        _listener.Start();
    }

    public void Dispose() => _listener.Dispose();

    /// <summary>Reads an observable instrument now.</summary>
    /// <returns>Its one value under the tags; null when it has none.</returns>
    public double? Read(string instrument, Func<Dictionary<string, object?>, bool> tags)
    {
        lock (_seen)
        {
            _seen.RemoveAll(seen => seen.Instrument == instrument);
        }

        _listener.RecordObservableInstruments();
        return Recorded(instrument, tags).Select(static value => (double?)value).SingleOrDefault();
    }

    /// <summary>Gets what was recorded so far.</summary>
    public IReadOnlyList<double> Recorded(string instrument, Func<Dictionary<string, object?>, bool> tags)
    {
        lock (_seen)
        {
            return [.. _seen.Where(seen => seen.Instrument == instrument && tags(seen.Tags)).Select(static seen => seen.Value)];
        }
    }

    private void See(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        lock (_seen)
        {
            _seen.Add((instrument.Name, value, tags.ToArray().ToDictionary()));
        }
    }
}
