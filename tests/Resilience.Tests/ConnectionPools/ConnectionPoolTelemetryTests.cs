using System.Diagnostics.Metrics;
using Microsoft.Extensions.Time.Testing;
using Resilience.ConnectionPools;
using Resilience.Telemetry;
using Xunit;

namespace Resilience.Tests.ConnectionPools;

public sealed class ConnectionPoolTelemetryTests : IDisposable
{
    private readonly MeterListener _listener = new();
    private readonly List<(string Instrument, double Value, Dictionary<string, object?> Tags)> _seen = [];
    private readonly string _name = "telemetry-" + Guid.NewGuid().ToString("N")[..8];
    private readonly FakeTimeProvider _time = new();

    public ConnectionPoolTelemetryTests()
    {
        _listener.InstrumentPublished = static (instrument, listener) =>
        {
            if (instrument.Meter.Name == ResilienceTelemetry.Name && (instrument.Name.Contains(".pool.", StringComparison.Ordinal) || instrument.Name.StartsWith("db.", StringComparison.Ordinal)))
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => See(instrument, value, tags));
        _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => See(instrument, value, tags));
        _listener.Start();
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _listener.Dispose();

    [Theory]
    [InlineData(false, "resilience.pool", "resilience.name", "resilience.state")]
    [InlineData(true, "db.client.connection", "db.client.connection.pool.name", "db.client.connection.state")]
    public async Task A_pool_has_its_gauges_from_the_first_moment_under_the_names_of_its_kind(bool isDatabase, string prefix, string nameTag, string stateTag)
    {
        await using var pool = new ConnectionPool<FakeConnection>(_name, new FakeServer(), new() { MaxSize = 3, IsDatabase = isDatabase }, _time);
        Assert.Equal((0, 0, 3), (Read(prefix + ".count", nameTag, stateTag, "idle"), Read(prefix + ".count", nameTag, stateTag, "used"), Read(prefix + ".max", nameTag)));

        using (await pool.AcquireAsync(Token))
        {
            Assert.Equal((0, 1, 0), (Read(prefix + ".count", nameTag, stateTag, "idle"), Read(prefix + ".count", nameTag, stateTag, "used"), Read(prefix + ".pending_requests", nameTag)));
            _time.Advance(TimeSpan.FromMilliseconds(1_500));
        }

        Assert.Equal((1, 0, 0), (Read(prefix + ".count", nameTag, stateTag, "idle"), Read(prefix + ".idle.min", nameTag), Read(prefix + ".timeouts", nameTag)));
        Assert.Equal(1.5, Assert.Single(Recorded(prefix + ".use_time", nameTag)));
        Assert.Single(Recorded(prefix + ".create_time", nameTag));
        Assert.Single(Recorded(prefix + ".wait_time", nameTag)); // who found one idle waits for nothing, and isn't in it
        GC.KeepAlive(pool);
    }

    [Fact]
    public async Task Refusals_leaks_and_stale_returns_are_counted_for_pools_of_every_kind()
    {
        await using var pool = new ConnectionPool<FakeConnection>(_name, new FakeServer(), new() { MaxSize = 1, IsDatabase = true, QueueTarget = TimeSpan.Zero }, _time);
        var lease = await pool.AcquireAsync(Token);
        var waiting = pool.AcquireAsync(Token).AsTask();
        _time.Advance(TimeSpan.FromMinutes(2));
        await Assert.ThrowsAsync<ConnectionPoolExhaustedException>(() => waiting);
        lease.Dispose();
        lease.Dispose();

        Assert.Equal(1, Read("resilience.pool.refused", ResilienceTags.Name, ResilienceTags.Reason, "timeout"));
        Assert.Equal(0, Read("resilience.pool.refused", ResilienceTags.Name, ResilienceTags.Reason, "server_away"));
        Assert.Equal((1, 1), (Read("resilience.pool.leaks", ResilienceTags.Name), Read("resilience.pool.stale_returns", ResilienceTags.Name)));
        GC.KeepAlive(pool);
    }

    private double? Read(string instrument, string nameTag, string? tag = null, string? value = null)
    {
        lock (_seen)
        {
            _seen.RemoveAll(seen => seen.Instrument == instrument);
        }

        _listener.RecordObservableInstruments();
        lock (_seen)
        {
            return _seen
                .Where(seen => seen.Instrument == instrument && Equals(seen.Tags.GetValueOrDefault(nameTag), _name) && (tag is null || Equals(seen.Tags[tag], value)))
                .Select(static seen => (double?)seen.Value)
                .SingleOrDefault();
        }
    }

    private List<double> Recorded(string instrument, string nameTag)
    {
        lock (_seen)
        {
            return [.. _seen.Where(seen => seen.Instrument == instrument && Equals(seen.Tags.GetValueOrDefault(nameTag), _name)).Select(static seen => seen.Value)];
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
