using Hosting.Tests.App;
using LocalRunner;
using LocalRunner.ApplicationModel;
using LocalRunner.Testing;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Resilience.Health;
using Resilience.Pipelines;
using Resilience.Recovery;
using Xunit;

namespace Hosting.Tests.Recovery;

/// <summary>A real process crashes each time it is started: recovery tries with longer and longer rests, and leaves it to people.</summary>
public sealed class CrashLoopTests
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(60);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_crashes_at_each_start_is_started_three_times_with_growing_rests_and_then_given_up()
    {
        var builder = await DistributedApplicationTestingBuilder.CreateAsync<Self>(Token);
        builder.AddProject<Self>("broken").WithEnvironment(Switches.Role, "service").WithEnvironment(Switches.Fault, Switches.Crash);
        await using var app = await builder.BuildAsync(Token);
        await app.StartAsync(Token);
        await app.ResourceNotifications.WaitForResourceAsync("broken", KnownResourceStates.FailedToStart, Token);
        var control = app.GetLocalRunner();
        using var client = app.CreateHttpClient("broken");
        using var check = new HttpHealthCheck(new(client.BaseAddress!, "/health"));
        var registration = new HealthCheckRegistration("broken", check, HealthStatus.Unhealthy, tags: null);
        using var probe = new HealthProbe("broken", token => check.CheckHealthAsync(new() { Registration = registration }, token), new() { Period = TimeSpan.FromMilliseconds(200) });
        using var recovery = new RecoveryOrchestrator("shop", new()
        {
            Mode = RecoveryMode.Act,
            Interval = TimeSpan.FromMilliseconds(100),
            CoolDown = TimeSpan.FromSeconds(1),
            VerifyTimeout = TimeSpan.FromMilliseconds(500),
        });
        var starts = 0;
        recovery.Add(RecoveryProcedures.RestartResource(probe, async token =>
        {
            starts++;
            await control.StartAsync("broken", token);
        }));
        probe.Start();
        recovery.Start();

        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Token);
        patience.CancelAfter(_patience);
        while (!recovery.Snapshot().Procedures.Single().HasGivenUp)
        {
            await Task.Delay(50, patience.Token);
        }

        var acts = recovery.Snapshot().Records.Where(static record => record.Result is RecoveryResult.Unverified or RecoveryResult.Failed).OrderBy(static record => record.At).ToList();
        TestContext.Current.TestOutputHelper?.WriteLine(string.Join("; ", acts.Select(act => $"{(act.At - acts[0].At).TotalSeconds:F1} s: {act.Result}")));
        Assert.Equal((3, 3), (starts, acts.Count));
        Assert.True(acts[2].At - acts[1].At > acts[1].At - acts[0].At, "The second rest is no longer than the first.");
        Assert.Contains("Given up after 3 in a row", acts[2].Detail, StringComparison.Ordinal);
        Assert.Equal("FailedToStart", control.GetState("broken"));
    }
}
