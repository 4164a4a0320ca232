using Microsoft.Extensions.Diagnostics.HealthChecks;
using Resilience.Bulkheads;
using Resilience.CircuitBreakers;
using Resilience.ConnectionPools;
using Resilience.Health;
using Resilience.Memory;
using Resilience.Recovery;

namespace Resilience.Pipelines;

/// <summary>What an operator would do about the troubles that the patterns know of: ready to be added to a <see cref="RecoveryOrchestrator"/>.</summary>
public static class RecoveryProcedures
{
    /// <summary>Ends the break of a breaker whose breaks have grown long while what it guards is well again, so that its probes find out now.</summary>
    /// <remarks>Leaves alone what somebody isolated by hand, and a pause that the other side asked for.</remarks>
    /// <param name="breaker">The breaker.</param>
    /// <param name="destination">Checks what the breaker guards, and not through the breaker.</param>
    /// <param name="afterBreaks">From which break in a row on, 1 or more: the first ones are short, and end by themselves.</param>
    /// <returns>The procedure. It has helped once calls pass and more than half of them succeed.</returns>
    public static IRecoveryProcedure ResetBreaker(CircuitBreaker breaker, HealthProbe destination, int afterBreaks = 2)
    {
        ArgumentNullException.ThrowIfNull(breaker);
        ArgumentNullException.ThrowIfNull(destination);
        ArgumentOutOfRangeException.ThrowIfLessThan(afterBreaks, 1);

        return new RecoveryProcedure(
            $"reset breaker {breaker.Name}",
            _ =>
            {
                var snapshot = breaker.Snapshot();
                var isStuck = snapshot is { State: BreakerState.Open, Reason: not TransitionReason.Throttled } && snapshot.BreakRemaining > TimeSpan.Zero && snapshot.ConsecutiveBreaks >= afterBreaks;
                return new(isStuck && IsWell(destination) ? $"The breaker {breaker.Name} is open, and {destination.Name} is well." : null);
            },
            _ =>
            {
                breaker.EndBreak();
                return default;
            },
            _ => new(breaker.Snapshot() is { State: BreakerState.Ramping or BreakerState.Closed, Calls: > 0, FailureRatio: < 0.5 }));
    }

    /// <summary>Closes all connections of a pool, softly, while calls over them fail and the server is well: for what no check of a connection finds, such as a server that has changed its role.</summary>
    /// <typeparam name="T">What is pooled.</typeparam>
    /// <param name="pool">The pool.</param>
    /// <param name="areCallsFailing">Whether most of the last calls failed, as their callers know.</param>
    /// <param name="server">Checks the server over connections of its own.</param>
    /// <returns>The procedure. It has helped once calls don't fail any more.</returns>
    public static IRecoveryProcedure RecyclePool<T>(ConnectionPool<T> pool, Func<bool> areCallsFailing, HealthProbe server)
        where T : class
    {
        ArgumentNullException.ThrowIfNull(pool);
        ArgumentNullException.ThrowIfNull(areCallsFailing);
        ArgumentNullException.ThrowIfNull(server);

        return new RecoveryProcedure(
            $"recycle pool {pool.Name}",
            _ => new(areCallsFailing() && IsWell(server) && !pool.Snapshot().IsServerAway ? $"Calls over the pool {pool.Name} fail, and {server.Name} is well." : null),
            _ =>
            {
                pool.EvictAll();
                return default;
            },
            _ => new(!areCallsFailing()));
    }

    /// <summary>Gives back what can be spared while memory is over a limit, and has the manager look again: it decides whether a collection is worth it.</summary>
    /// <param name="memory">Knows the limits.</param>
    /// <param name="trim">Empties pools and caches, such as <c>Pools.TrimAll(1)</c>.</param>
    /// <returns>The procedure. It has helped once memory is under its limits.</returns>
    public static IRecoveryProcedure TrimMemory(MemoryManager memory, Action trim)
    {
        ArgumentNullException.ThrowIfNull(memory);
        ArgumentNullException.ThrowIfNull(trim);

        return new RecoveryProcedure(
            $"trim memory {memory.Name}",
            _ => new(memory.Level == MemoryLevel.Ample ? null : $"Memory is over its {(memory.Level == MemoryLevel.Hard ? "hard" : "soft")} limit."),
            _ =>
            {
                trim();
                memory.Check();
                return default;
            },
            _ => new(memory.Check() == MemoryLevel.Ample));
    }

    /// <summary>Lowers a bulkhead's limit while what it guards is overloaded, and gives it back in steps.</summary>
    /// <remarks>While nothing is found, each look gives a tenth back. A limit that somebody else has set meanwhile is left as it is.</remarks>
    /// <param name="bulkhead">The bulkhead.</param>
    /// <param name="isOverloaded">Whether calls take too long, or are refused by the other side.</param>
    /// <param name="least">Below which limit it never goes; 1 or more.</param>
    /// <param name="step">What a limit is multiplied with; above 0 and below 1.</param>
    /// <returns>The procedure. It has helped once nothing is overloaded any more.</returns>
    public static IRecoveryProcedure TightenBulkhead(Bulkhead bulkhead, Func<bool> isOverloaded, int least = 1, double step = 0.7)
    {
        ArgumentNullException.ThrowIfNull(bulkhead);
        ArgumentNullException.ThrowIfNull(isOverloaded);
        ArgumentOutOfRangeException.ThrowIfLessThan(least, 1);
        if (step is not (> 0 and < 1))
        {
            throw new ArgumentOutOfRangeException(nameof(step), step, "A step is above 0 and below 1.");
        }

        return new BulkheadTightening(bulkhead, isOverloaded, least, step);
    }

    /// <summary>Has something restarted that is unhealthy: a process, a container, whatever the host can restart.</summary>
    /// <param name="resource">Checks it. Unhealthy is enough, degraded is not; nor is a check that is too old.</param>
    /// <param name="restart">Asks the host to restart it, and returns when it runs.</param>
    /// <returns>The procedure. It has helped once the resource is healthy.</returns>
    public static IRecoveryProcedure RestartResource(HealthProbe resource, Func<CancellationToken, ValueTask> restart)
    {
        ArgumentNullException.ThrowIfNull(resource);
        ArgumentNullException.ThrowIfNull(restart);

        return new RecoveryProcedure(
            $"restart {resource.Name}",
            _ => new(resource.Snapshot() is { Status: HealthStatus.Unhealthy, IsStale: false } health ? $"{resource.Name} is unhealthy: {health.Description ?? "no reason given"}" : null),
            restart,
            _ => new(IsWell(resource)));
    }

    private static bool IsWell(HealthProbe probe) => probe.Snapshot() is { Status: HealthStatus.Healthy, IsStale: false };
}
