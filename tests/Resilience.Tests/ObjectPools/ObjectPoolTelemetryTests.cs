using Resilience.ObjectPools;
using Resilience.Telemetry;
using Resilience.Tests.Telemetry;
using Xunit;

namespace Resilience.Tests.ObjectPools;

public sealed class ObjectPoolTelemetryTests : IDisposable
{
    private readonly SeenMeasurements _seen = new(static instrument => instrument.StartsWith("resilience.object_pool.", StringComparison.Ordinal));
    private readonly string _name = "telemetry-" + Guid.NewGuid().ToString("N")[..8];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _seen.Dispose();

    [Fact]
    public void A_pool_has_its_gauges_from_the_first_moment_and_none_after_it_is_gone()
    {
        var pool = Make(bounded: false);
        Assert.Equal((0, 0, 2), (Read("count", "idle"), Read("count", "used"), Read("max")));
        var (one, other) = (pool.Get(), pool.Get());
        pool.Return(one);
        pool.Return(one);

        Assert.Equal((1, 1, 2, 2), (Read("count", "idle"), Read("count", "used"), Read("rents"), Read("created")));
        Assert.Equal((1, 0), (Read("misuses", "double_return"), Read("misuses", "foreign")));
        GC.KeepAlive(other);
        pool.Dispose();
        Assert.Null(Read("max"));
    }

    [Fact]
    public async Task Who_waited_is_in_the_histogram_in_seconds_and_who_did_not_is_not()
    {
        using var pool = Make(bounded: true);
        var (first, second) = (pool.Rent(), pool.Rent());
        var third = pool.RentAsync(Token);
        Assert.Equal(1, Read("pending_requests"));

        first.Dispose();
        (await third).Dispose();
        second.Dispose();

        Assert.Single(_seen.Recorded("resilience.object_pool.wait_time", tags => Equals(tags[ResilienceTags.Name], _name)));
    }

    private TrackedObjectPool<Pooled> Make(bool bounded) =>
        new(_name, new ScriptedPolicy(), new() { MaxSize = 2, IsBounded = bounded, MaxWait = TimeSpan.FromHours(1), TrimsUnderPressure = false });

    private double? Read(string instrument, string? tag = null) => _seen.Read(
        "resilience.object_pool." + instrument, tags => Equals(tags[ResilienceTags.Name], _name) && (tag is null || tags.ContainsValue(tag)));
}
