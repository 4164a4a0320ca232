using System.Globalization;
using Lab.Conservation;
using Lab.Shopping;

namespace Lab.Running;

/// <summary>Runs experiments on a shop, one after another.</summary>
/// <remarks>
/// The order is always: steady state, method, rollbacks, unknown outcomes settled, shop idle, hypothesis, steady state again, conservation check.
/// Without a steady state the method doesn't run. Once it has begun, the rollbacks run, whatever happens.
/// </remarks>
/// <param name="shop">The shop.</param>
/// <param name="clock">Times everything.</param>
public sealed class ExperimentRunner(IShop shop, TimeProvider clock)
{
    private const int FirstLine = 501;
    private const int Lines = 400;
    private const double LoadRatio = 0.25;
    private const double FullLoad = 20; // orders a second, where an experiment brings no load of its own
    private static readonly TimeSpan _rollBackWithin = TimeSpan.FromMinutes(3);
    private double? _capacity;
    private int _lines;

    /// <summary>Gets one unit of the next of four hundred products that no experiment counts: of one product alone, all units would be sold in the end.</summary>
    /// <returns>What to order.</returns>
    public OrderedLine NextLine() =>
        new(string.Create(CultureInfo.InvariantCulture, $"SKU-{FirstLine + (Interlocked.Increment(ref _lines) % Lines):D4}"), 1);

    /// <summary>Waits until the shop is in a steady state.</summary>
    /// <param name="steadyState">The state.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The last measurements: all hold, unless the time ran out.</returns>
    public Task<IReadOnlyList<ProbeResult>> WaitForAsync(SteadyState steadyState, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(steadyState);
        var nothing = new Experiment { Name = "", Title = "", Description = "", Seed = 0, SteadyState = steadyState, Method = [], Hypothesis = [], Figures = static _ => "" };
        return new ExperimentRun(nothing, seed: 0, shop, clock, NextLine).MeasureSteadyStateAsync(steadyState, Phase.Before, steadyState.ReadyWithin, cancellationToken);
    }

    /// <summary>Runs an experiment.</summary>
    /// <param name="experiment">The experiment.</param>
    /// <param name="cancellationToken">Ends the run. Rollbacks run all the same, and the verdict is "aborted".</param>
    /// <param name="seed">Takes the place of the experiment's own seed.</param>
    /// <returns>The verdict.</returns>
    public async Task<Verdict> RunAsync(Experiment experiment, CancellationToken cancellationToken, int? seed = null)
    {
        ArgumentNullException.ThrowIfNull(experiment);
        var run = new ExperimentRun(experiment, seed ?? experiment.Seed, shop, clock, NextLine);
        var record = new RunRecord(clock);
        try
        {
            if (await PrepareAsync(run, record, cancellationToken))
            {
                await BreakAndRepairAsync(run, record, cancellationToken);
            }
            else
            {
                record.Fail("The shop wasn't in its steady state, so nothing was broken.");
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            record.Abort("The caller ended it.");
        }
        catch (Exception failure)
        {
            record.Fail($"{failure.GetType().Name}: {failure.Message}");
        }

        return record.Conclude(run);
    }

    private async Task<bool> PrepareAsync(ExperimentRun run, RunRecord record, CancellationToken cancellationToken)
    {
        var isSteady = await AddSteadyStateAsync(run, record, Phase.Before, run.Experiment.SteadyState.ReadyWithin, cancellationToken);
        if (isSteady)
        {
            _capacity ??= await Capacity.MeasureAsync(shop, clock, cancellationToken);
            run.LoadRatio = Math.Min(1, _capacity.Value * LoadRatio / (run.Experiment.Load?.OrdersPerSecond ?? FullLoad));
        }

        return isSteady;
    }

    private async Task BreakAndRepairAsync(ExperimentRun run, RunRecord record, CancellationToken cancellationToken)
    {
        using var observing = new CancellationTokenSource();
        var observers = Task.WhenAll(run.Experiment.Observers.Select(observer => ObserveAsync(run, observer, observing.Token)));
        try
        {
            var method = new MethodExecution(run, record);
            await method.RunAsync(cancellationToken);
            using var limit = new CancellationTokenSource(_rollBackWithin, clock);
            foreach (var rollback in run.Experiment.Rollbacks)
            {
                await method.RollBackAsync(rollback, limit.Token);
            }

            await SettleAsync(run, record, cancellationToken);
        }
        finally
        {
            await observing.CancelAsync();
            await observers;
        }

        if (record.IsCompleted)
        {
            foreach (var claim in run.Experiment.Hypothesis)
            {
                record.Add(await run.MeasureAsync(claim, Phase.After, cancellationToken));
            }
        }

        await AddSteadyStateAsync(run, record, Phase.After, run.Experiment.SteadyState.BackWithin, cancellationToken);
        record.Add(ConservationCheck.Run(await IdleShop.ReadAsync(shop.ReadStateAsync, clock, cancellationToken), run.Journal));
    }

    // What a careful customer does about unknown outcomes, and then nothing, until no order is under way.
    private async Task SettleAsync(ExperimentRun run, RunRecord record, CancellationToken cancellationToken)
    {
        var began = clock.GetTimestamp();
        var unanswered = await run.Flow.SettleUnknownsAsync(run.Journal, run.Experiment.SettleWithin, cancellationToken);
        run.SettledAfter = clock.GetElapsedTime(began);
        record.Add(await run.MeasureAsync(Probe.Of("keys without an answer", Tolerance.None, _ => Measurement.CountOf(unanswered)), Phase.After, cancellationToken));

        var state = await IdleShop.ReadAsync(shop.ReadStateAsync, clock, cancellationToken);
        run.IdleAfter = clock.GetElapsedTime(began);
        record.Add(await run.MeasureAsync(Probe.Of("orders under way 10 s later", Tolerance.None, _ => state.OutboxRows), Phase.After, cancellationToken));
    }

    private static async Task<bool> AddSteadyStateAsync(ExperimentRun run, RunRecord record, Phase phase, TimeSpan within, CancellationToken cancellationToken)
    {
        var results = await run.MeasureSteadyStateAsync(run.Experiment.SteadyState, phase, within, cancellationToken);
        foreach (var result in results)
        {
            record.Add(result);
        }

        return results.All(static result => result.Holds);
    }

    private static async Task ObserveAsync(ExperimentRun run, Observer observer, CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                string? value;
                try
                {
                    value = await observer.Read(run, cancellationToken);
                }
                catch (Exception failure) when (failure is not OperationCanceledException)
                {
                    value = $"{failure.GetType().Name}: {failure.Message}";
                }

                if (value is not null)
                {
                    run.Observe(observer.Name, value);
                }

                await run.WaitAsync(observer.Every, cancellationToken);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The shop has settled.
        }
    }
}
