using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Time.Testing;
using Resilience.CircuitBreakers;
using Resilience.Health;
using Resilience.Pipelines;
using Resilience.Recovery;
using Xunit;

namespace Resilience.Tests.Recovery;

/// <summary>What the folder's page shows.</summary>
public sealed class RecoveryUsageTests
{
    [Fact]
    public void An_index_is_rebuilt()
    {
        var clock = new FakeTimeProvider();
        using var probe = new HealthProbe("payments", static _ => Task.FromResult(HealthCheckResult.Healthy()), new(), time: clock);
        var breaker = new CircuitBreaker("payments", new(), clock);
        var (isBehind, lines) = (true, new List<RecoveryRecord>());
        bool IsBehind() => isBehind;
        Task RebuildAsync(CancellationToken token)
        {
            isBehind = false;
            return Task.CompletedTask;
        }

        void Log(RecoveryRecord record) => lines.Add(record);

        using var recovery = new RecoveryOrchestrator("shop", new() { Mode = RecoveryMode.Act, ActionsPerHour = 4 }, clock)
        {
            OnRecord = Log,
        };
        recovery.Add(RecoveryProcedures.ResetBreaker(breaker, probe));
        recovery.Add(new RecoveryProcedure(
            "rebuild index",
            detect: async token => IsBehind() ? "The index is behind." : null,
            act: async token => await RebuildAsync(token)));
        recovery.Start();

        clock.Advance(TimeSpan.FromMinutes(1));
        clock.Advance(TimeSpan.FromMinutes(1));
        clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(("rebuild index", RecoveryResult.Verified), (Assert.Single(lines).Procedure, lines[0].Result));
    }
}
