using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Resilience.Health;
using Xunit;

namespace Resilience.Tests.Health;

/// <summary>What the folder's page shows.</summary>
public sealed class HealthUsageTests
{
    [Fact]
    public async Task A_port_is_watched()
    {
        using var server = new TcpListener(IPAddress.Loopback, 0);
        server.Start();
        var (host, port) = ("127.0.0.1", ((IPEndPoint)server.LocalEndpoint).Port);
        var changed = new TaskCompletionSource<ComponentHealth>(TaskCreationOptions.RunContinuationsAsynchronously);
        void Log(ComponentHealth health) => changed.TrySetResult(health);

        var check = new TcpHealthCheck(host, port);
        var registration = new HealthCheckRegistration("mail", check, HealthStatus.Degraded, tags: null);
        using var probe = new HealthProbe(
            "mail", token => check.CheckHealthAsync(new() { Registration = registration }, token), new HealthPace { Fall = 5 }, HealthStatus.Degraded);
        probe.OnChange = Log;
        probe.Start();

        var health = probe.Snapshot(); // at once, whatever the port does

        Assert.Equal("mail", health.Name);
        Assert.Equal(HealthStatus.Healthy, (await changed.Task.WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken)).Status);
    }
}
