namespace Lab.Running;

/// <summary>Measures probes, one or many, once or until they hold.</summary>
internal static class Measuring
{
    private static readonly TimeSpan _retryEvery = TimeSpan.FromMilliseconds(50); // behind an open breaker orders are accepted as fast as they are placed

    /// <summary>Measures a probe. One that fails has measured nothing, and doesn't hold.</summary>
    public static async Task<ProbeResult> MeasureAsync(this ExperimentRun run, Probe probe, Phase phase, CancellationToken cancellationToken)
    {
        Measurement measured;
        try
        {
            measured = await probe.Measure(run, cancellationToken);
            cancellationToken.ThrowIfCancellationRequested(); // what was cut short measured nothing
        }
        catch (Exception failure) when (!cancellationToken.IsCancellationRequested)
        {
            measured = new(double.NaN, $"{failure.GetType().Name}: {failure.Message}");
        }

        return new(
            phase,
            probe.Name,
            probe.Tolerance.ToString(),
            double.IsFinite(measured.Value) ? measured.Value : null,
            measured.Detail,
            probe.Tolerance.Accepts(measured.Value),
            run.Clock.GetUtcNow());
    }

    /// <summary>Measures the steady state's probes until all of them have held so many times in a row as it asks for.</summary>
    /// <returns>The last measurements, and how long it took: that doesn't hold when the time ran out.</returns>
    public static async Task<IReadOnlyList<ProbeResult>> MeasureSteadyStateAsync(
        this ExperimentRun run, SteadyState steady, Phase phase, TimeSpan within, CancellationToken cancellationToken)
    {
        var began = run.Clock.GetTimestamp();
        for (var inARow = 0; ;)
        {
            var results = new List<ProbeResult>();
            foreach (var probe in steady.Probes)
            {
                results.Add(await run.MeasureAsync(probe, phase, cancellationToken));
            }

            inARow = results.TrueForAll(static result => result.Holds) ? inARow + 1 : 0;
            var took = run.Clock.GetElapsedTime(began);
            if (inARow == steady.InARow || took > within)
            {
                return
                [
                    .. results,
                    new(phase, "time to the steady state", Tolerance.Within(within).ToString(), took.TotalSeconds, $"{inARow} of {steady.InARow} times in a row", inARow == steady.InARow, run.Clock.GetUtcNow()),
                ];
            }

            if (inARow == 0)
            {
                await run.WaitAsync(_retryEvery, cancellationToken);
            }
        }
    }
}
