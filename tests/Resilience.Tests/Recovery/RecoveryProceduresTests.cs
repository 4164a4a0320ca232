using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Time.Testing;
using Resilience.Bulkheads;
using Resilience.CircuitBreakers;
using Resilience.ConnectionPools;
using Resilience.Health;
using Resilience.Memory;
using Resilience.Outcomes;
using Resilience.Pipelines;
using Resilience.Recovery;
using Resilience.Tests.ConnectionPools;
using Resilience.Tests.Memory;
using Xunit;

namespace Resilience.Tests.Recovery;

/// <summary>Each ready-made procedure with the real class that it mends.</summary>
public sealed class RecoveryProceduresTests : IDisposable
{
    private readonly FakeTimeProvider _clock = new();
    private readonly HealthProbe _probe;
    private bool _isWell = true;

    public RecoveryProceduresTests()
    {
        _probe = new("payments", _ => Task.FromResult(_isWell ? HealthCheckResult.Healthy() : HealthCheckResult.Unhealthy("no answer")), new() { Fall = 1, Rise = 1 }, time: _clock, draw: static () => 0.5);
        _probe.Start();
        _clock.Advance(TimeSpan.FromMilliseconds(1));
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_break_is_ended_when_breaks_have_grown_and_what_they_guard_is_well()
    {
        var breaker = Breaker();
        var reset = RecoveryProcedures.ResetBreaker(breaker, _probe);
        Call(breaker, CallResult.Failure);
        Assert.Null(await reset.DetectAsync(Token)); // the first break is short
        _clock.Advance(TimeSpan.FromSeconds(10));
        Call(breaker, CallResult.Failure);
        Assert.Equal("The breaker payments is open, and payments is well.", await reset.DetectAsync(Token));

        await reset.ActAsync(Token);
        Assert.Equal(BreakerState.HalfOpen, breaker.State);
        Assert.False(await reset.VerifyAsync(Token)); // nobody has called yet
        for (var call = 0; call < 10; call++)
        {
            Call(breaker, CallResult.Success); // the first ones are probes
        }

        Assert.True(await reset.VerifyAsync(Token));
    }

    [Fact]
    public async Task A_breaker_is_left_alone_while_what_it_guards_is_not_known_to_be_well()
    {
        var (breaker, reset) = OpenedTwice();
        Assert.NotNull(await reset.DetectAsync(Token));

        _isWell = false;
        _clock.Advance(TimeSpan.FromSeconds(2));
        Assert.Null(await reset.DetectAsync(Token));
        _isWell = true;
        _clock.Advance(TimeSpan.FromSeconds(2));
        Assert.NotNull(await reset.DetectAsync(Token));
        _probe.Dispose();
        _clock.Advance(TimeSpan.FromSeconds(9)); // the last result is too old

        Assert.Null(await reset.DetectAsync(Token));
        Assert.Equal(BreakerState.Open, breaker.State);
    }

    [Fact]
    public async Task What_somebody_isolated_stays_isolated_and_a_pause_that_was_asked_for_is_kept()
    {
        var (breaker, reset) = OpenedTwice();
        breaker.Isolate();
        Assert.Null(await reset.DetectAsync(Token));
        await reset.ActAsync(Token);
        Assert.Equal(BreakerState.Isolated, breaker.State);

        var paused = Breaker();
        Assert.True(paused.TryEnter(out var token));
        paused.Exit(token, CallResult.Throttled, TimeSpan.FromSeconds(20));
        Assert.Equal(BreakerState.Open, paused.State);
        Assert.Null(await RecoveryProcedures.ResetBreaker(paused, _probe, afterBreaks: 1).DetectAsync(Token));
    }

    [Fact]
    public async Task A_pool_is_recycled_when_calls_fail_though_its_server_is_well()
    {
        var server = new FakeServer();
        await using var pool = new ConnectionPool<FakeConnection>("orders", server, new(), _clock, static work => _ = work());
        var areFailing = false;
        var recycle = RecoveryProcedures.RecyclePool(pool, () => areFailing, _probe);
        var held = await pool.AcquireAsync(Token);
        (await pool.AcquireAsync(Token)).Dispose();
        Assert.Null(await recycle.DetectAsync(Token));

        areFailing = true;
        Assert.Equal("Calls over the pool orders fail, and payments is well.", await recycle.DetectAsync(Token));
        await recycle.ActAsync(Token);
        Assert.Equal(1, server.Destroyed); // the idle one; the other goes on, and goes when it comes back
        held.Connection.Use();
        held.Dispose();
        Assert.Equal(2, server.Destroyed);

        Assert.False(await recycle.VerifyAsync(Token));
        areFailing = false;
        Assert.True(await recycle.VerifyAsync(Token));
        areFailing = true;
        _isWell = false;
        _clock.Advance(TimeSpan.FromSeconds(2));
        Assert.Null(await recycle.DetectAsync(Token)); // new connections would be no better
    }

    [Fact]
    public async Task Memory_is_trimmed_while_it_is_over_a_limit()
    {
        var source = new ScriptedMemory { Used = 500 };
        using var memory = new MemoryManager("service", new() { SoftLimit = MemoryLimit.OfBytes(700), HardLimit = MemoryLimit.OfBytes(900) }, source, _clock);
        var trim = RecoveryProcedures.TrimMemory(memory, () => source.Used = 100);
        Assert.Null(await trim.DetectAsync(Token));
        source.Used = 950;
        memory.Check();
        Assert.Equal("Memory is over its hard limit.", await trim.DetectAsync(Token));

        await trim.ActAsync(Token);

        Assert.True(await trim.VerifyAsync(Token));
        Assert.Null(await trim.DetectAsync(Token));
    }

    [Fact]
    public async Task A_bulkhead_is_tightened_in_steps_never_below_the_least_and_given_back_in_steps()
    {
        using var bulkhead = new Bulkhead("payments", new() { MaxConcurrency = 100 }, _clock);
        var isOverloaded = true;
        var tighten = RecoveryProcedures.TightenBulkhead(bulkhead, () => isOverloaded, least: 40);
        var limits = new List<int>();
        while (await tighten.DetectAsync(Token) is not null)
        {
            await tighten.ActAsync(Token);
            limits.Add(bulkhead.Limit);
        }

        Assert.Equal([70, 49, 40], limits);
        Assert.False(await tighten.VerifyAsync(Token));
        isOverloaded = false;
        for (var look = 0; look < 10; look++)
        {
            Assert.Null(await tighten.DetectAsync(Token));
            limits.Add(bulkhead.Limit);
        }

        Assert.Equal([50, 60, 70, 80, 90, 100, 100, 100, 100, 100], limits.Skip(3));
    }

    [Fact]
    public async Task A_limit_that_somebody_else_sets_meanwhile_is_left_as_it_is()
    {
        using var bulkhead = new Bulkhead("payments", new() { MaxConcurrency = 100 }, _clock);
        var tighten = RecoveryProcedures.TightenBulkhead(bulkhead, static () => false);
        await tighten.ActAsync(Token);
        Assert.Equal(70, bulkhead.Limit);

        bulkhead.Resize(30);
        await tighten.DetectAsync(Token);
        await tighten.DetectAsync(Token);

        Assert.Equal(30, bulkhead.Limit);
    }

    [Fact]
    public async Task What_is_unhealthy_is_restarted_and_what_was_not_looked_at_is_not()
    {
        var restarts = 0;
        var restart = RecoveryProcedures.RestartResource(_probe, _ =>
        {
            restarts++;
            _isWell = true;
            return default;
        });
        using var unknown = new HealthProbe("unknown", static _ => Task.FromResult(HealthCheckResult.Healthy()), new(), time: _clock);
        Assert.Null(await RecoveryProcedures.RestartResource(unknown, static _ => default).DetectAsync(Token));
        Assert.Null(await restart.DetectAsync(Token));
        _isWell = false;
        _clock.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal("payments is unhealthy: no answer", await restart.DetectAsync(Token));

        await restart.ActAsync(Token);
        Assert.False(await restart.VerifyAsync(Token)); // until it is looked at
        _clock.Advance(TimeSpan.FromSeconds(2));

        Assert.Equal((1, true), (restarts, await restart.VerifyAsync(Token)));
    }

    public void Dispose() => _probe.Dispose();

    private static void Call(CircuitBreaker breaker, CallResult result)
    {
        Assert.True(breaker.TryEnter(out var token));
        breaker.Exit(token, result);
    }

    private CircuitBreaker Breaker() => new("payments", new() { ConsecutiveFailures = 1, BreakDuration = TimeSpan.FromSeconds(10), BreakJitter = 0, RampDuration = TimeSpan.Zero }, _clock);

    private (CircuitBreaker Breaker, IRecoveryProcedure Reset) OpenedTwice()
    {
        var breaker = Breaker();
        Call(breaker, CallResult.Failure);
        _clock.Advance(TimeSpan.FromSeconds(10));
        Call(breaker, CallResult.Failure);
        return (breaker, RecoveryProcedures.ResetBreaker(breaker, _probe));
    }
}
