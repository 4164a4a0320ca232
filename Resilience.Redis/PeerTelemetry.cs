using System.Diagnostics.Metrics;
using Resilience.Telemetry;

namespace Resilience.Redis;

/// <summary>Every name that the exchange shows to an operator, and the one place it speaks from.</summary>
internal static class PeerTelemetry
{
    public const string Success = "success";
    public const string TimedOut = "timeout";
    public const string Unavailable = "unavailable";
    public const string Failed = "failed";

    private static readonly LiveSet<RedisBreakerExchange> _exchanges = new();

    private static readonly Counter<long> _rounds = ResilienceTelemetry.Meter.CreateCounter<long>(
        "resilience.peers.exchanges", "{exchange}", "Exchanges with other processes' circuit breakers, by how they went.");

    static PeerTelemetry()
    {
        ResilienceTelemetry.Meter.CreateObservableUpDownCounter(
            "resilience.peers.state", StatesNow, "{exchange}", "Whether circuit breakers share their state with other processes (exchanging) or decide alone (local).");
        ResilienceTelemetry.Meter.CreateObservableGauge(
            "resilience.peers.age", AgesNow, "s", "How long ago the last exchange was that worked; nothing before the first.");
    }

    /// <summary>Shows an exchange from now on, for as long as anybody else holds it.</summary>
    public static void Show(RedisBreakerExchange exchange) => _exchanges.Add(exchange);

    /// <summary>Counts an exchange.</summary>
    public static void Exchanged(string result) => _rounds.Add(1, Tag(ResilienceTags.Result, result));

    private static IEnumerable<Measurement<long>> StatesNow()
    {
        var exchanging = _exchanges.Snapshot().Select(static exchange => exchange.Snapshot().IsExchanging).ToList();
        return
        [
            new(exchanging.Count(static yes => yes), Tag(ResilienceTags.State, "exchanging")),
            new(exchanging.Count(static yes => !yes), Tag(ResilienceTags.State, "local")),
        ];
    }

    private static IEnumerable<Measurement<double>> AgesNow()
    {
        var ages = _exchanges.Snapshot().Select(static exchange => exchange.Snapshot().Age).OfType<TimeSpan>().ToList();
        return ages.Count == 0 ? [] : [new(ages.Max().TotalSeconds)];
    }

    private static KeyValuePair<string, object?> Tag(string key, string value) => new(key, value);
}
