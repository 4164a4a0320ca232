using System.Diagnostics;
using AppHost.Recovery;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Resilience.Recovery;
using Shop.Testing;
using Xunit;

namespace AppHost.Tests.Recovery;

/// <summary>Recovery restarts a process that died, through Aspire's own command, and leaves alone what it must.</summary>
public sealed class ResourceRecoveryTests
{
    private static readonly TimeSpan _within = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan _lookEvery = TimeSpan.FromMilliseconds(50);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_process_that_died_is_started_again_one_that_was_stopped_is_not_and_a_crash_loop_is_given_up()
    {
        var builder = DistributedApplication.CreateBuilder(new DistributedApplicationOptions { AssemblyName = typeof(Program).Assembly.GetName().Name, DisableDashboard = true, AllowUnsecuredTransport = true });
        IResource[] resources =
        [
            builder.AddExecutable("sleeper", "sleep", "/", "600").Resource,
            builder.AddExecutable("stopped", "sleep", "/", "600").Resource,
            builder.AddExecutable("broken", "false", "/").Resource,
        ];
        await using var app = builder.Build();
        await app.StartAsync(Token);
        using var watch = new ResourceWatch(app.ResourceNotifications, TimeProvider.System);
        await watch.StartAsync(Token);
        var commands = app.Services.GetRequiredService<ResourceCommandService>();
        var configuration = new ConfigurationManager { ["Recovery:VerifyTimeout"] = "00:00:03", ["Recovery:CoolDown"] = "00:00:01" };
        using var recovery = new ResourceRecovery(watch, commands, resources, ResourceRecovery.OptionsIn(configuration), TimeProvider.System);
        await UntilAsync(() => watch.IsHealthy(resources[0]) && watch.IsHealthy(resources[1]));
        await recovery.StartAsync(Token);

        await commands.ExecuteCommandAsync(resources[1], KnownResourceCommands.StopCommand, Token);
        var first = ProcessIdOf(app, watch, resources[0]);
        Signals.Kill(first);

        await UntilAsync(() => watch.IsHealthy(resources[0]) && ProcessIdOf(app, watch, resources[0]) != first);
        await UntilAsync(() => recovery.Snapshot().Procedures.Single(static procedure => procedure.Name == "restart broken").HasGivenUp);
        var records = recovery.Snapshot().Records;
        Assert.Contains(records, static record => record is { Procedure: "restart sleeper", Result: RecoveryResult.Verified });
        Assert.Equal(3, records.Count(static record => record is { Procedure: "restart broken", Result: RecoveryResult.Unverified }));
        Assert.DoesNotContain(records, static record => record.Procedure == "restart stopped");
        Assert.True(watch.InstancesOf(resources[1]).Single().HasEnded);
        await recovery.StopAsync(Token);
        await watch.StopAsync(Token);
    }

    [Fact]
    public void A_mode_that_does_not_exist_is_refused()
    {
        var configuration = new ConfigurationManager { ["Recovery:Mode"] = "Sometimes" };

        var refusal = Assert.Throws<DistributedApplicationException>(() => ResourceRecovery.OptionsIn(configuration));

        Assert.Contains("'Sometimes'", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("Recovery:Mode", refusal.Message, StringComparison.Ordinal);
        Assert.EndsWith("Correct the settings of the section Recovery; Resilience/Recovery/README.md lists them.", refusal.Message, StringComparison.Ordinal);
    }

    private static int ProcessIdOf(DistributedApplication app, ResourceWatch watch, IResource resource)
    {
        var instance = watch.InstancesOf(resource).Single().Name;
        return app.ResourceNotifications.TryGetCurrentState(instance, out var state)
            ? Convert.ToInt32(state.Snapshot.Properties.Single(static property => property.Name == "executable.pid").Value, System.Globalization.CultureInfo.InvariantCulture)
            : 0;
    }

    private static async Task UntilAsync(Func<bool> condition)
    {
        for (var began = Stopwatch.GetTimestamp(); !condition();)
        {
            Assert.True(Stopwatch.GetElapsedTime(began) < _within, $"It is not so after {_within}.");
            await Task.Delay(_lookEvery, Token);
        }
    }
}
