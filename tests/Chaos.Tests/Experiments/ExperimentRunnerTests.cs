using System.Net;
using Lab.Running;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Chaos.Tests.Experiments;

public sealed class ExperimentRunnerTests : IDisposable
{
    private static readonly Experiment _experiment = new()
    {
        Name = "part-killed",
        Title = "Nothing happens.",
        Description = "A part is killed and started again.",
        Seed = 7,
        SteadyState = SteadyStates.Confirming,
        Load = new(OrdersPerSecond: 2, For: TimeSpan.FromSeconds(3)),
        Method = [new("kill part", static (run, cancellationToken) => run.Shop.KillAsync("part", cancellationToken)) { PauseBefore = TimeSpan.FromSeconds(1), PauseAfter = TimeSpan.FromSeconds(2) }],
        Rollbacks = [new("start part", static (run, cancellationToken) => run.Shop.StartAsync("part", cancellationToken))],
        AbortConditions = [],
        Hypothesis = [Probe.Of("orders confirmed", Tolerance.Exactly(6), static run => run.Firsts.Count(static entry => entry.Status == 201))],
        Figures = static run => $"{run.Firsts.Count} orders",
    };

    private readonly FakeTimeProvider _clock = new(new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero));
    private readonly ScriptedShop _shop = new();

    [Fact]
    public async Task Completes_and_reports_every_phase_when_the_shop_does_what_is_expected()
    {
        var verdict = await RunAsync(_experiment);

        Assert.True(verdict.IsAsExpected, verdict.ToString());
        Assert.Equal("6 orders", verdict.Figures);
        Assert.Equal(["kill part", "start part"], _shop.Done);
        Assert.Equal([("kill part", false), ("start part", true)], verdict.Steps.Select(static step => (step.Name, step.IsRollback)));
        Assert.Equal(TimeSpan.FromSeconds(1), verdict.Steps[0].Began - verdict.Probes.Last(static probe => probe.Phase is Phase.Before).At);
        foreach (var phase in Enum.GetValues<Phase>())
        {
            Assert.Contains(verdict.Probes, probe => probe.Phase == phase && probe.Name == "status of a customer's order" && probe.Value == 201);
        }
    }

    [Fact]
    public async Task Does_not_run_the_method_without_a_steady_state_before()
    {
        _shop.Answer = HttpStatusCode.ServiceUnavailable;

        var verdict = await RunAsync(_experiment);

        Assert.Equal((RunStatus.Failed, "The shop wasn't in its steady state, so nothing was broken."), (verdict.Status, verdict.Reason));
        Assert.Empty(_shop.Done);
        Assert.Contains(verdict.Probes, static probe => probe is { Phase: Phase.Before, Name: "status of a customer's order", Value: 503, Holds: false });
    }

    [Fact]
    public async Task Rolls_back_after_a_step_that_fails()
    {
        var verdict = await RunAsync(_experiment with { Method = [new("break", static (_, _) => throw new InvalidOperationException("It can't be broken.")), .. _experiment.Method] });

        Assert.Equal((RunStatus.Failed, "InvalidOperationException: It can't be broken."), (verdict.Status, verdict.Reason));
        Assert.Equal(["start part"], _shop.Done);
        Assert.Equal("InvalidOperationException: It can't be broken.", verdict.Steps[0].Error);
        Assert.Null(verdict.Figures);
    }

    [Fact]
    public async Task Rolls_back_and_aborts_within_a_second_when_an_abort_condition_comes_true()
    {
        var aborting = _experiment with
        {
            Load = null,
            Method = [.. _experiment.Method, new("wait", static (run, cancellationToken) => run.WaitAsync(TimeSpan.FromHours(1), cancellationToken))],
            AbortConditions = [Probe.Of("time in the method", Tolerance.AtMost(10, "s"), static run => run.Clock.GetUtcNow() - run.MethodBegan)],
        };

        var verdict = await RunAsync(aborting);

        Assert.Equal((RunStatus.Aborted, "An abort condition came true: time in the method was 11 (allowed: at most 10 s)."), (verdict.Status, verdict.Reason));
        Assert.Equal(["kill part", "start part"], _shop.Done);
        Assert.DoesNotContain(verdict.Probes, static probe => probe.Name == "orders confirmed");
    }

    [Fact]
    public async Task Rolls_back_and_aborts_when_the_caller_ends_it()
    {
        using var caller = new CancellationTokenSource();
        var ended = _experiment with { Method = [.. _experiment.Method, new("end it", (_, _) => caller.CancelAsync()) { PauseAfter = TimeSpan.FromHours(1) }] };

        var verdict = await RunForAsync(ended, caller);

        Assert.Equal((RunStatus.Aborted, "The caller ended it."), (verdict.Status, verdict.Reason));
        Assert.Equal(["kill part", "start part"], _shop.Done);
    }

    [Fact]
    public async Task Runs_every_rollback_although_one_fails()
    {
        var verdict = await RunAsync(_experiment with { Rollbacks = [new("repair", static (_, _) => throw new IOException("No tools.")), .. _experiment.Rollbacks] });

        Assert.Equal((RunStatus.Failed, "The rollback 'repair' failed: No tools."), (verdict.Status, verdict.Reason));
        Assert.Equal(["kill part", "start part"], _shop.Done);
    }

    [Fact]
    public async Task Finds_a_hypothesis_that_does_not_hold()
    {
        var verdict = await RunAsync(_experiment with { Hypothesis = [Probe.Of("orders", Tolerance.AtMost(5), static run => run.Firsts.Count)] });

        Assert.Equal((RunStatus.Completed, true), (verdict.Status, verdict.Deviated));
        Assert.Equal(("orders", "at most 5", 6d), verdict.Probes.Where(static probe => !probe.Holds).Select(static probe => (probe.Name, probe.Expected, probe.Value!.Value)).Single());
    }

    [Fact]
    public async Task Takes_a_claim_without_a_measurement_for_one_that_does_not_hold()
    {
        var verdict = await RunAsync(_experiment with { Hypothesis = [Probe.Of("time", Tolerance.AtMost(5), static run => run.Ended("never begun") - run.MethodBegan)] });

        Assert.True(verdict.Deviated);
        Assert.Contains(verdict.Probes, static probe => probe is { Name: "time", Value: null, Holds: false });
    }

    [Fact]
    public async Task Finds_a_steady_state_that_does_not_come_back()
    {
        var verdict = await RunAsync(_experiment with { Load = null, Method = [new("break", (_, _) => SetAsync(() => _shop.Answer = HttpStatusCode.Accepted))], Hypothesis = [] });

        Assert.Equal((RunStatus.Completed, true), (verdict.Status, verdict.Deviated));
        Assert.Contains(verdict.Probes, static probe => probe is { Phase: Phase.After, Name: "status of a customer's order", Value: 202, Holds: false });
    }

    [Fact]
    public async Task Finds_orders_that_got_lost()
    {
        var verdict = await RunAsync(_experiment with { Method = [new("break", (_, _) => SetAsync(() => _shop.LosesOrders = true)) { PauseAfter = TimeSpan.FromSeconds(3) }], Hypothesis = [] });

        Assert.True(verdict.Deviated);
        Assert.Contains(verdict.Violations, static violation => violation.Invariant == "I5");
    }

    [Fact]
    public async Task Finds_orders_that_are_still_under_way_after_ten_seconds()
    {
        _shop.OutboxRows = 1;

        var verdict = await RunAsync(_experiment);

        Assert.True(verdict.Deviated);
        Assert.Contains(verdict.Violations, static violation => violation.Invariant == "I9");
    }

    [Fact]
    public async Task Finds_keys_that_get_no_answer_after_the_rollbacks()
    {
        var verdict = await RunAsync(_experiment with
        {
            Method = [new("break", (_, _) => SetAsync(() => _shop.Answer = HttpStatusCode.ServiceUnavailable)) { PauseAfter = TimeSpan.FromSeconds(1) }],
            Hypothesis = [],
        });

        Assert.Contains(verdict.Probes, static probe => probe is { Name: "keys without an answer", Holds: false });
        Assert.Contains(verdict.Violations, static violation => violation.Invariant == "I8");
    }

    [Fact]
    public async Task Ends_a_load_without_an_end_with_the_method_and_waits_for_steps_in_the_background()
    {
        var verdict = await RunAsync(_experiment with
        {
            Load = new(OrdersPerSecond: 2),
            Method = [new("wait in the background", static (run, cancellationToken) => run.WaitAsync(TimeSpan.FromSeconds(5), cancellationToken)) { Background = true }],
            Hypothesis = [Probe.Of("orders", new(10, 11), static run => run.Firsts.Count)],
        });

        Assert.True(verdict.IsAsExpected, verdict.ToString());
    }

    public void Dispose() => _shop.Dispose();

    private static Task SetAsync(Action set)
    {
        set();
        return Task.CompletedTask;
    }

    private async Task<Verdict> RunAsync(Experiment experiment)
    {
        using var caller = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        return await RunForAsync(experiment, caller);
    }

    private Task<Verdict> RunForAsync(Experiment experiment, CancellationTokenSource caller) =>
        new VirtualTime(_clock).RunAsync(() => new ExperimentRunner(_shop, _clock).RunAsync(experiment, caller.Token));
}
