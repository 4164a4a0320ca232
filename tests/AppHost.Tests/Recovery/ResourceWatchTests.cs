using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace AppHost.Tests.Recovery;

public sealed class ResourceWatchTests : IDisposable
{
    private static readonly TimeSpan _second = TimeSpan.FromSeconds(1);
    private readonly FakeTimeProvider _clock = new();
    private readonly ProjectResource _orders = new("orders");
    private readonly ResourceWatch _watch;

    public ResourceWatchTests() => _watch = new(notifications: null!, _clock);

    public void Dispose() => _watch.Dispose();

    [Fact]
    public void A_process_that_ends_begins_to_be_healthy_anew()
    {
        Observe(KnownResourceStates.Running);
        _clock.Advance(_second / 2);
        Observe(KnownResourceStates.Running);
        Assert.False(_watch.HasBeenHealthyFor(_orders, _second));
        _clock.Advance(_second / 2);
        Assert.True(_watch.HasBeenHealthyFor(_orders, _second));

        Observe(KnownResourceStates.Exited);
        Assert.False(_watch.HasBeenHealthyFor(_orders, TimeSpan.Zero));
        Observe(KnownResourceStates.Running);
        Assert.Equal((true, false), (_watch.IsHealthy(_orders), _watch.HasBeenHealthyFor(_orders, _second)));
        _clock.Advance(_second);
        Assert.True(_watch.HasBeenHealthyFor(_orders, _second));
    }

    private void Observe(string state) => _watch.Observe(new(_orders, "orders-1", state, HealthStatus.Healthy));
}
