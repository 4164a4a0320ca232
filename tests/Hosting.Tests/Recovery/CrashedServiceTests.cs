using System.Diagnostics;
using Hosting.Tests.App;
using LocalRunner;
using LocalRunner.Testing;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Resilience.Health;
using Resilience.Pipelines;
using Resilience.Recovery;
using Xunit;

namespace Hosting.Tests.Recovery;

/// <summary>A real process is killed, and the recovery has the host start it again: through LocalRunner here, as it would through an orchestrator's API elsewhere.</summary>
public sealed class CrashedServiceTests
{
    private static readonly TimeSpan _watch = TimeSpan.FromSeconds(4);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(RecoveryMode.Act)]
    [InlineData(RecoveryMode.DryRun)]
    public async Task A_killed_service_answers_again_when_recovery_acts_and_not_without_it(RecoveryMode mode)
    {
        var builder = await DistributedApplicationTestingBuilder.CreateAsync<Self>(Token);
        await using var app = await builder.BuildAsync(Token);
        await app.StartAsync(Token);
        await app.ResourceNotifications.WaitForResourceHealthyAsync("back", Token);
        var control = app.GetLocalRunner();
        using var client = app.CreateHttpClient("back-0");
        using var check = new HttpHealthCheck(new(client.BaseAddress!, "/health"));
        var registration = new HealthCheckRegistration("back-0", check, HealthStatus.Unhealthy, tags: null);
        using var probe = new HealthProbe("back-0", token => check.CheckHealthAsync(new() { Registration = registration }, token), new() { Period = TimeSpan.FromMilliseconds(400) });
        using var recovery = new RecoveryOrchestrator("shop", new() { Mode = mode, Interval = TimeSpan.FromMilliseconds(200) });
        recovery.Add(RecoveryProcedures.RestartResource(probe, async token => await control.StartAsync("back-0", token)));
        probe.Start();
        recovery.Start();
        await UntilAsync(() => probe.Snapshot().Status == HealthStatus.Healthy, TimeSpan.FromSeconds(20));
        var other = control.GetProcessId("back-1");

        await control.KillAsync("back-0", Token);
        var began = Stopwatch.GetTimestamp();
        await UntilAsync(() => probe.Snapshot().Status == HealthStatus.Unhealthy, TimeSpan.FromSeconds(20));
        var isBack = await UntilAsync(() => probe.Snapshot().Status == HealthStatus.Healthy, mode == RecoveryMode.Act ? TimeSpan.FromSeconds(30) : _watch);

        TestContext.Current.TestOutputHelper?.WriteLine($"{mode}: {(isBack ? "back" : "not back")} after {Stopwatch.GetElapsedTime(began).TotalSeconds:F1} s");
        Assert.Equal((mode == RecoveryMode.Act, other), (isBack, control.GetProcessId("back-1")));
        Assert.Equal(mode == RecoveryMode.Act, control.GetProcessId("back-0") is not null);
    }

    private static async Task<bool> UntilAsync(Func<bool> condition, TimeSpan within)
    {
        var began = Stopwatch.GetTimestamp();
        while (!condition() && Stopwatch.GetElapsedTime(began) < within)
        {
            await Task.Delay(20, Token);
        }

        return condition();
    }
}
