using System.Diagnostics.Metrics;
using Microsoft.Extensions.Time.Testing;
using Resilience.CircuitBreakers;
using Xunit;

namespace Resilience.Redis.Tests;

/// <summary>What operators see. Alone, since a listener hears the exchanges of the whole process.</summary>
[Collection(nameof(Alone))]
public sealed class PeerTelemetryTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly MemoryBoard _board;

    public PeerTelemetryTests() => _board = new(_time);

    [Fact]
    public async Task Operators_see_whether_it_hears_others_how_long_ago_and_how_often_it_failed()
    {
        var exchanges = new List<string>();
        await using var exchange = new RedisBreakerExchange(_board, new() { Node = "a" }, logger: null, _time);
        var breaker = new CircuitBreaker("inventory", new(), _time);
        exchange.Join("c", breaker);
        using var listener = new MeterListener();
        var (states, ages) = (new Dictionary<string, long>(StringComparer.Ordinal), new List<double>());
        listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Name.StartsWith("resilience.peers.", StringComparison.Ordinal))
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) =>
        {
            if (instrument.Name == "resilience.peers.state")
            {
                states[(string)tags[0].Value!] = value;
            }
            else
            {
                exchanges.Add((string)tags[0].Value!);
            }
        });
        listener.SetMeasurementEventCallback<double>((_, value, _, _) => ages.Add(value));
        listener.Start();

        listener.RecordObservableInstruments();
        Assert.True(states["local"] >= 1);
        await exchange.ExchangeAsync();
        _time.Advance(TimeSpan.FromMilliseconds(900));
        listener.RecordObservableInstruments();
        Assert.True(states["exchanging"] >= 1);
        Assert.Contains(ages, static age => age >= 0.9);
        _board.Failure = new InvalidOperationException("gone");
        await exchange.ExchangeAsync();

        Assert.Equal(["success", "failed"], exchanges);
        GC.KeepAlive(breaker);
    }
}

[CollectionDefinition(nameof(Alone), DisableParallelization = true)]
public sealed class Alone;
