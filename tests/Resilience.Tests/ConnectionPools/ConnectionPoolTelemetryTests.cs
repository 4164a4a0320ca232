using Microsoft.Extensions.Time.Testing;
using Resilience.ConnectionPools;
using Resilience.Telemetry;
using Resilience.Tests.Telemetry;
using Xunit;

namespace Resilience.Tests.ConnectionPools;

public sealed class ConnectionPoolTelemetryTests : IDisposable
{
    private readonly SeenMeasurements _seen =
        new(static instrument => instrument.Contains(".pool.", StringComparison.Ordinal) || instrument.StartsWith("db.", StringComparison.Ordinal));

    private readonly string _name = "telemetry-" + Guid.NewGuid().ToString("N")[..8];
    private readonly FakeTimeProvider _time = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _seen.Dispose();

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

    private double? Read(string instrument, string nameTag, string? tag = null, string? value = null) => _seen.Read(
        instrument, tags => Equals(tags.GetValueOrDefault(nameTag), _name) && (tag is null || Equals(tags[tag], value)));

    private IReadOnlyList<double> Recorded(string instrument, string nameTag) =>
        _seen.Recorded(instrument, tags => Equals(tags.GetValueOrDefault(nameTag), _name));
}
