using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Time.Testing;
using Resilience.Health;
using Resilience.Tests.Telemetry;
using Xunit;

namespace Resilience.Tests.Health;

public sealed class HealthProbeTests : IDisposable
{
    private static readonly TimeSpan _period = TimeSpan.FromSeconds(2);
    private readonly FakeTimeProvider _clock = new();
    private readonly List<HealthProbe> _probes = [];
    private Func<CancellationToken, Task<HealthCheckResult>> _check = static _ => Task.FromResult(HealthCheckResult.Healthy());
    private int _runs;

    [Fact]
    public void What_was_not_looked_at_yet_is_what_a_failure_would_be()
    {
        var store = Make(start: false);
        var cache = Make(start: false, failureStatus: HealthStatus.Degraded);

        Assert.Equal((HealthStatus.Unhealthy, "Not checked yet."), (store.Snapshot().Status, store.Snapshot().Description));
        Assert.Equal(HealthStatus.Degraded, cache.Snapshot().Status);
        Assert.Equal(0, _runs);
    }

    [Fact]
    public void Checks_go_on_at_their_period_whoever_asks_how_often()
    {
        var probe = Make();
        for (var i = 0; i < 100; i++)
        {
            _ = probe.Snapshot();
        }

        Assert.Equal(1, _runs);
        _clock.Advance(_period);
        Assert.Equal(2, _runs);
        Assert.Equal(TimeSpan.Zero, probe.Snapshot().Age);
        _clock.Advance(_period / 2);
        Assert.Equal((2, _period / 2), (_runs, probe.Snapshot().Age));
    }

    [Fact]
    public void One_failure_is_no_outage_and_three_are()
    {
        var probe = Make();
        Fail("gone");

        _clock.Advance(_period);
        Assert.Equal(HealthStatus.Healthy, probe.Snapshot().Status);

        _clock.Advance(_period / 4); // in doubt, it looks more often
        Assert.Equal(HealthStatus.Healthy, probe.Snapshot().Status);

        _clock.Advance(_period / 4);
        var health = probe.Snapshot();
        Assert.Equal((HealthStatus.Unhealthy, "gone", 3L, 4L), (health.Status, health.Description, health.Failures, health.Results));
        Assert.Equal(_clock.GetUtcNow(), health.Since);
        Assert.Equal([HealthStatus.Unhealthy, HealthStatus.Healthy], health.History.Select(static change => change.Status));
    }

    [Fact]
    public void The_last_failure_is_remembered_after_it_is_over()
    {
        var probe = Make();
        Fail("gone");
        _clock.Advance(_period);
        var failedAt = _clock.GetUtcNow();
        _check = static _ => Task.FromResult(HealthCheckResult.Healthy("back"));
        _clock.Advance(_period);

        var health = probe.Snapshot();
        Assert.Equal((HealthStatus.Healthy, "back"), (health.Status, health.Description));
        Assert.Equal((failedAt, "gone"), (health.LastFailure!.At, health.LastFailure.Exception!.Message));
        Assert.Single(health.History); // it never was said to be unhealthy
    }

    [Fact]
    public void A_check_that_takes_too_long_has_failed_and_no_other_begins_before_it_ends()
    {
        var probe = Make(new() { Fall = 1 });
        var stuck = new TaskCompletionSource<HealthCheckResult>();
        _check = _ => stuck.Task;
        _clock.Advance(_period);
        Assert.Equal(2, _runs);

        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal((HealthStatus.Unhealthy, "No answer within 1 s."), (probe.Snapshot().Status, probe.Snapshot().Description));

        _clock.Advance(_period);
        _clock.Advance(_period);
        Assert.Equal((2, "The check that began 5 s ago hasn't ended."), (_runs, probe.Snapshot().Description));

        stuck.SetResult(HealthCheckResult.Healthy());
        _check = static _ => Task.FromResult(HealthCheckResult.Healthy());
        _clock.Advance(_period);
        Assert.Equal(3, _runs);
    }

    [Fact]
    public void A_checks_token_is_cancelled_when_its_time_is_over()
    {
        var probe = Make(new() { Fall = 1 });
        var token = CancellationToken.None;
        _check = async given =>
        {
            token = given;
            await Task.Delay(Timeout.InfiniteTimeSpan, given);
            return HealthCheckResult.Healthy();
        };
        _clock.Advance(_period);
        Assert.False(token.IsCancellationRequested);

        _clock.Advance(TimeSpan.FromSeconds(1));

        Assert.True(token.IsCancellationRequested);
        Assert.Equal("No answer within 1 s.", probe.Snapshot().Description);
    }

    [Fact]
    public void What_is_too_old_is_degraded_and_says_so()
    {
        var probe = Make();
        _check = static _ => new TaskCompletionSource<HealthCheckResult>().Task;
        var late = new HealthProbe("blocked", _ => throw new InvalidOperationException("a probe that isn't started looks at nothing"), new(), time: _clock);
        _probes.Add(late);

        probe.Dispose(); // no more results, as when the thread pool has no thread for them
        _clock.Advance(TimeSpan.FromSeconds(7));
        Assert.Equal((HealthStatus.Healthy, false), (probe.Snapshot().Status, probe.Snapshot().IsStale));

        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal((HealthStatus.Degraded, true, "Not checked for 8 s."), (probe.Snapshot().Status, probe.Snapshot().IsStale, probe.Snapshot().Description));
    }

    [Theory]
    [InlineData(0.0, 1.8)]
    [InlineData(0.5, 2.0)]
    [InlineData(0.999, 2.2)]
    public void Checks_are_spread_by_the_jitter(double draw, double seconds)
    {
        Make(new() { Jitter = 0.1 }, draw: draw);

        _clock.Advance(TimeSpan.FromSeconds(seconds - 0.01));
        Assert.Equal(1, _runs);
        _clock.Advance(TimeSpan.FromSeconds(0.02));
        Assert.Equal(2, _runs);
    }

    [Fact]
    public void Each_change_is_told_once_and_what_the_listener_throws_changes_nothing()
    {
        var told = new List<HealthStatus>();
        var probe = Make(new() { Fall = 2 }, start: false);
        probe.OnChange = health =>
        {
            told.Add(health.Status);
            throw new InvalidOperationException("an observer's fault");
        };
        probe.Start();
        _clock.Advance(TimeSpan.FromMilliseconds(1));
        Fail("gone");
        for (var i = 0; i < 20; i++)
        {
            _clock.Advance(_period / 4);
        }

        Assert.Equal([HealthStatus.Healthy, HealthStatus.Unhealthy], told);
        Assert.True(_runs > 3);
    }

    [Fact]
    public void No_more_than_sixteen_changes_are_kept()
    {
        var probe = Make(new() { Rise = 1, Fall = 1 });
        for (var i = 0; i < 40; i++)
        {
            _check = i % 2 == 0 ? static _ => Task.FromResult(HealthCheckResult.Unhealthy()) : static _ => Task.FromResult(HealthCheckResult.Healthy());
            _clock.Advance(_period);
        }

        Assert.Equal(16, probe.Snapshot().History.Count);
        Assert.Equal(_clock.GetUtcNow(), probe.Snapshot().History[0].At);
    }

    [Fact]
    public void Nothing_is_checked_after_the_end()
    {
        var probe = Make();
        probe.Dispose();
        probe.Dispose();

        _clock.Advance(TimeSpan.FromHours(1));

        Assert.Equal(1, _runs);
    }

    [Fact]
    public void Whoever_ends_it_at_once_with_others_harms_nobody()
    {
        for (var round = 0; round < 200; round++)
        {
            var probe = Make();
            Parallel.For(0, 4, _ => probe.Dispose());
        }
    }

    [Fact]
    public void A_gauge_says_what_a_component_is_from_the_first_moment()
    {
        using var seen = new SeenMeasurements(static name => name.StartsWith("resilience.health.", StringComparison.Ordinal));
        var probe = new HealthProbe("told-of", _ => _check(CancellationToken.None), new(), time: _clock);
        _probes.Add(probe);

        double? Is(string state) => seen.Read("resilience.health.status", tags => tags["resilience.name"] is "told-of" && (string?)tags["resilience.state"] == state);
        Assert.Equal((0, 0, 1), (Is("healthy"), Is("degraded"), Is("unhealthy")));
        probe.Start();
        _clock.Advance(TimeSpan.FromMilliseconds(1));

        Assert.Equal((1, 0, 0), (Is("healthy"), Is("degraded"), Is("unhealthy")));
        Assert.Equal(1, seen.Read("resilience.health.results", static tags => tags["resilience.name"] is "told-of" && tags["resilience.result"] is "success"));
        GC.KeepAlive(probe);
    }

    [Fact]
    public void Options_out_of_their_range_are_refused_by_name()
    {
        var refusal = Assert.Throws<ValidationException>(() => new HealthProbe("store", _check, new() { Rise = 0 }));

        Assert.Equal("The health probe store can't be built: Rise is 0, but must be from 1 to 100.", refusal.Message);
    }

    public void Dispose() => _probes.ForEach(static probe => probe.Dispose());

    private void Fail(string message) => _check = _ => throw new InvalidOperationException(message);

    private HealthProbe Make(HealthPace? pace = null, bool start = true, HealthStatus failureStatus = HealthStatus.Unhealthy, double draw = 0.5)
    {
        var probe = new HealthProbe(
            "store",
            token =>
            {
                _runs++;
                return _check(token);
            },
            pace ?? new(),
            failureStatus,
            _clock,
            () => draw);
        _probes.Add(probe);
        if (start)
        {
            probe.Start();
            _clock.Advance(TimeSpan.FromMilliseconds(1));
        }

        return probe;
    }
}
