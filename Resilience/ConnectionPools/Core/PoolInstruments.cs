using System.Diagnostics.Metrics;
using Resilience.Telemetry;

namespace Resilience.ConnectionPools;

/// <summary>The instruments of a kind of pools: OpenTelemetry's names for connections to databases, and the same under our own prefix for others.</summary>
/// <remarks>Source: OpenTelemetry, <i>Semantic conventions for database client metrics</i>, "Connection pools".</remarks>
internal sealed class PoolInstruments
{
    private static readonly InstrumentAdvice<double> _buckets = new() { HistogramBucketBoundaries = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10] };

    private readonly string _nameTag;
    private readonly Histogram<double> _createTime;
    private readonly Histogram<double> _waitTime;

    private PoolInstruments(string prefix, string nameTag, string stateTag)
    {
        var meter = ResilienceTelemetry.Meter;
        _nameTag = nameTag;
        _createTime = meter.CreateHistogram(prefix + ".create_time", "s", "How long it took to make a connection.", advice: _buckets);
        _waitTime = meter.CreateHistogram(prefix + ".wait_time", "s", "How long those who had to wait for a connection waited for it.", advice: _buckets);
        UseTime = meter.CreateHistogram(prefix + ".use_time", "s", "How long connections were lent.", advice: _buckets);
        meter.CreateObservableUpDownCounter(prefix + ".count", () => Count(stateTag), "{connection}", "Connections, by whether they are in use.");
        meter.CreateObservableUpDownCounter(prefix + ".max", () => Sum(static s => s.MaxSize), "{connection}", "Connections there may be.");
        meter.CreateObservableUpDownCounter(prefix + ".idle.min", () => Sum(static s => s.MinIdle), "{connection}", "Idle connections that are kept ready.");
        meter.CreateObservableUpDownCounter(prefix + ".idle.max", () => Sum(static s => s.MaxSize), "{connection}", "Idle connections there may be.");
        meter.CreateObservableUpDownCounter(prefix + ".pending_requests", () => Sum(static s => s.Waiting), "{request}", "Callers who wait for a connection.");
        meter.CreateObservableCounter(prefix + ".timeouts", () => Sum(static s => s.TimedOut), "{timeout}", "Callers who waited in vain.");
    }

    public static PoolInstruments Plain { get; } = new("resilience.pool", ResilienceTags.Name, ResilienceTags.State);

    public static PoolInstruments Database { get; } =
        new("db.client.connection", "db.client.connection.pool.name", "db.client.connection.state");

    public Histogram<double> UseTime { get; }

    public void RecordUse(string pool, long milliseconds) => Record(UseTime, pool, milliseconds);

    public void RecordWait(string pool, long milliseconds) => Record(_waitTime, pool, milliseconds);

    public void RecordCreate(string pool, long milliseconds) => Record(_createTime, pool, milliseconds);

    private void Record(Histogram<double> histogram, string pool, long milliseconds) =>
        NamedSeries.Record(histogram, pool, TimeSpan.FromMilliseconds(milliseconds), _nameTag);

    private IEnumerable<Measurement<long>> Sum(Func<ConnectionPoolSnapshot, long> value) => NamedSeries.Sum(PoolTelemetry.Snapshots(this), value, _nameTag);

    private IEnumerable<Measurement<long>> Count(string stateTag) =>
        NamedSeries.Split(PoolTelemetry.Snapshots(this), stateTag, [("idle", static s => s.Idle), ("used", static s => s.InUse)], _nameTag);
}
