namespace Lab.Running;

/// <summary>Runs a method: the load beside the steps, and beside both the measurements that can end them.</summary>
internal sealed class MethodExecution(ExperimentRun run, RunRecord record)
{
    private const int OrdersWithoutEnd = 1_000_000;
    private static readonly TimeSpan _measureEvery = TimeSpan.FromSeconds(1);
    private readonly List<Task> _background = [];

    /// <summary>Runs it to its end, or to the first failure or abort.</summary>
    /// <returns>When nothing of it runs any more. It doesn't fail: the record says what happened.</returns>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        run.MethodBegan = run.Clock.GetUtcNow();
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var measuring = new CancellationTokenSource();
        var measurements = Task.WhenAll(WatchAbortConditionsAsync(ending, measuring.Token), SampleSteadyStateAsync(measuring.Token));
        using var loading = CancellationTokenSource.CreateLinkedTokenSource(ending.Token);
        var load = LoadAsync(loading.Token);
        try
        {
            foreach (var step in run.Experiment.Method)
            {
                await PerformAsync(step, ending.Token);
            }

            await Task.WhenAll(_background);
            if (run.Experiment.Load is { For: null })
            {
                run.Firsts = run.Journal.Entries;
                await loading.CancelAsync();
            }

            await load;
            run.Firsts = run.Experiment.Load is { For: null } ? run.Firsts : run.Journal.Entries;
        }
        catch (OperationCanceledException) when (ending.IsCancellationRequested)
        {
            record.Abort("The caller ended it.");
        }
        catch (Exception failure)
        {
            record.Fail($"{failure.GetType().Name}: {failure.Message}");
        }
        finally
        {
            await ending.CancelAsync();
            await Task.WhenAll([load, .. _background]).ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
            await measuring.CancelAsync();
            await measurements;
        }
    }

    /// <summary>Runs a rollback.</summary>
    /// <returns>When it has run. It doesn't fail: the record says what happened.</returns>
    public async Task RollBackAsync(ExperimentStep rollback, CancellationToken cancellationToken)
    {
        var began = run.Clock.GetUtcNow();
        string? error = null;
        try
        {
            await run.WaitAsync(rollback.PauseBefore, cancellationToken);
            await rollback.Execute(run, cancellationToken);
            await run.WaitAsync(rollback.PauseAfter, cancellationToken);
        }
        catch (Exception failure)
        {
            error = $"{failure.GetType().Name}: {failure.Message}";
            record.Fail($"The rollback '{rollback.Name}' failed: {failure.Message}");
        }

        record.Add(new StepResult(rollback.Name, IsRollback: true, began, run.Clock.GetUtcNow(), error));
    }

    private async Task PerformAsync(ExperimentStep step, CancellationToken cancellationToken)
    {
        await run.WaitAsync(step.PauseBefore, cancellationToken);
        var performing = ExecuteAsync(step, cancellationToken);
        if (step.Background)
        {
            _background.Add(performing);
        }
        else
        {
            await performing;
        }

        await run.WaitAsync(step.PauseAfter, cancellationToken);
    }

    private async Task ExecuteAsync(ExperimentStep step, CancellationToken cancellationToken)
    {
        run.Begin(step.Name);
        string? error = null;
        try
        {
            await step.Execute(run, cancellationToken);
        }
        catch (Exception failure)
        {
            error = $"{failure.GetType().Name}: {failure.Message}";
            throw;
        }
        finally
        {
            run.End(step.Name);
            record.Add(new StepResult(step.Name, IsRollback: false, run.Began(step.Name), run.Ended(step.Name), error));
        }
    }

    private async Task LoadAsync(CancellationToken cancellationToken)
    {
        if (run.Experiment.Load is not { } load)
        {
            return;
        }

        run.IsLoadRunning = true;
        try
        {
            await run.Flow.RunAsync(load.For is { } time ? (int)(time.TotalSeconds * run.OrdersPerSecond) : OrdersWithoutEnd, run.OrdersPerSecond, cancellationToken);
        }
        catch (OperationCanceledException) when (load.For is null && cancellationToken.IsCancellationRequested)
        {
            // The method has ended, and the load with it.
        }
        finally
        {
            run.IsLoadRunning = false;
        }
    }

    private async Task WatchAbortConditionsAsync(CancellationTokenSource method, CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                foreach (var condition in run.Experiment.AbortConditions)
                {
                    var result = await run.MeasureAsync(condition, Phase.During, cancellationToken);
                    record.Add(result);
                    if (!result.Holds)
                    {
                        record.Abort(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"An abort condition came true: {condition.Name} was {result.Value:0.###} (allowed: {result.Expected})."));
                        await method.CancelAsync();
                        return;
                    }
                }

                await run.WaitAsync(_measureEvery, cancellationToken);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The method has ended.
        }
    }

    // For the record only: during the method nobody expects the shop to be in its steady state.
    private async Task SampleSteadyStateAsync(CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                await run.WaitAsync(_measureEvery, cancellationToken);
                foreach (var probe in run.Experiment.SteadyState.Probes.Where(static probe => probe.IsSampled))
                {
                    record.Add(await run.MeasureAsync(probe, Phase.During, cancellationToken));
                }
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The method has ended.
        }
    }
}
