using Lab.Journals;
using Lab.Shopping;

namespace Lab.Running;

/// <summary>Steps and observers that several experiments share.</summary>
public static class ShopSteps
{
    private const int ReadBack = 5;
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(15); // longer than the gateway's deadline
    private static readonly TimeSpan _pace = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan _readEvery = TimeSpan.FromMilliseconds(200);

    /// <summary>Gets how long it took, after the fault, until an order was confirmed at once.</summary>
    public static Finding<TimeSpan> ConfirmedAgain { get; } = new("confirmed again");

    /// <summary>Gets a rollback that ends all faults on edges.</summary>
    public static ExperimentStep ResetEdges { get; } = new("end all faults on edges", static (run, cancellationToken) => run.Shop.ResetEdgesAsync(cancellationToken));

    /// <summary>Gets a step that waits for the experiment's steady state, where what follows compares with what was before.</summary>
    public static ExperimentStep WaitForSteadyState { get; } = new("wait for the steady state", static async (run, cancellationToken) =>
    {
        var steady = run.Experiment.SteadyState;
        var results = await run.MeasureSteadyStateAsync(steady, Phase.During, steady.ReadyWithin, cancellationToken);
        if (!results.All(static result => result.Holds))
        {
            throw new TimeoutException($"The shop isn't in its steady state: {string.Join("; ", results)}");
        }
    });

    /// <summary>Gets an observer that reads back what was confirmed last, so that an order that gets lost, or goes back, is seen.</summary>
    public static Observer ReadOrdersBack { get; } = new("orders read back", _readEvery, static async (run, cancellationToken) =>
    {
        foreach (var entry in run.Journal.Entries.Where(static entry => entry.OrderId is not null).TakeLast(ReadBack))
        {
            await run.Client.ReadAsync(entry.OrderId!.Value, cancellationToken);
        }

        return null;
    });

    /// <summary>Makes a rollback that starts a part, where it doesn't run, and waits until it is healthy.</summary>
    /// <param name="part">The part.</param>
    /// <returns>The step.</returns>
    public static ExperimentStep Start(string part) => new($"start {part} and wait until it is healthy", async (run, cancellationToken) =>
    {
        await run.Shop.StartAsync(part, cancellationToken);
        await run.Shop.UntilHealthyAsync(part, cancellationToken);
    });

    /// <summary>Makes a step that places orders, a new one each time, until one is confirmed at once: breakers find out from calls.</summary>
    /// <param name="within">How long that may take.</param>
    /// <returns>The step; it fails when the time runs out.</returns>
    public static ExperimentStep OrderUntilConfirmed(TimeSpan within) => new("order until one is confirmed at once", async (run, cancellationToken) =>
        run.Store(ConfirmedAgain, await OrderUntilConfirmedAsync(run, within, cancellationToken)));

    /// <summary>Places some orders, one after another.</summary>
    /// <param name="run">The run.</param>
    /// <param name="count">How many.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>How long the middle one took.</returns>
    public static async Task<TimeSpan> MedianOrderAsync(ExperimentRun run, int count, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(run);
        var journal = new Journal();
        var client = new ShopClient(run.Shop.Gateway, "median", journal, run.Clock);
        for (var order = 0; order < count; order++)
        {
            await client.PlaceAsync($"median-{Guid.NewGuid():N}", [run.NextLine()], _patience, cancellationToken);
        }

        return journal.Entries.Median();
    }

    private static async Task<TimeSpan> OrderUntilConfirmedAsync(ExperimentRun run, TimeSpan within, CancellationToken cancellationToken)
    {
        var began = run.Clock.GetTimestamp();
        while ((await run.Prober.PlaceAsync($"first-again-{Guid.NewGuid():N}", [run.NextLine()], _patience, cancellationToken)).Status != 201)
        {
            if (run.Clock.GetElapsedTime(began) > within)
            {
                throw new TimeoutException($"No order was confirmed at once within {within}.");
            }

            await run.WaitAsync(_pace, cancellationToken);
        }

        return run.Clock.GetElapsedTime(began);
    }
}
