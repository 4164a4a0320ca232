using System.Diagnostics.Metrics;
using Resilience.Telemetry;

namespace Resilience.ConnectionPools;

/// <summary>What all pools show to an operator, beside the instruments of their kind (<see cref="PoolInstruments"/>).</summary>
internal static class PoolTelemetry
{
    private static readonly LiveSet<IPool> _live = new();
    private static readonly Counter<long> _connectFailures = ResilienceTelemetry.Meter.CreateCounter<long>(
        "resilience.pool.connect_failures", "{attempt}", "Attempts to make a connection that failed, by what they failed with.");

    static PoolTelemetry()
    {
        var meter = ResilienceTelemetry.Meter;
        meter.CreateObservableCounter("resilience.pool.refused", Refused, "{request}", "Callers who got no connection, by reason.");
        meter.CreateObservableCounter("resilience.pool.leaks", static () => Sum(static s => s.Leaks), "{connection}", "Connections that were held for suspiciously long.");
        meter.CreateObservableCounter(
            "resilience.pool.stale_returns", static () => Sum(static s => s.StaleReturns), "{lease}", "Leases given back after they were over: each is a bug.");
    }

    public static void Watch(IPool pool) => _live.Add(pool);

    public static void Forget(IPool pool) => _live.Remove(pool);

    public static void ConnectFailed(string pool, Exception error)
    {
        try
        {
            _connectFailures.Add(1, new(ResilienceTags.Name, pool), new("error.type", error.GetType().FullName));
        }
        catch (Exception)
        {
            // A listener's fault. It must not stop the pool from trying again.
        }
    }

    public static IEnumerable<IGrouping<string, ConnectionPoolSnapshot>> Snapshots(PoolInstruments? kind = null) =>
        _live.Snapshot().Where(pool => kind is null || pool.Instruments == kind).Select(static pool => pool.Snapshot()).GroupBy(static snapshot => snapshot.Name);

    private static IEnumerable<Measurement<long>> Sum(Func<ConnectionPoolSnapshot, long> value) => NamedSeries.Sum(Snapshots(), value);

    private static IEnumerable<Measurement<long>> Refused() => NamedSeries.Split(Snapshots(), ResilienceTags.Reason,
    [
        ("timeout", static s => s.TimedOut),
        ("standing_queue", static s => s.Shed),
        ("server_away", static s => s.RefusedServerAway),
    ]);
}
