using System.Globalization;
using Lab.Journals;
using Lab.Running;

namespace Lab.Experiments;

/// <summary>PostgreSQL stops for ten seconds and goes on: no connection breaks, and none answers.</summary>
public static class PostgresStopped
{
    private const string Stop = "stop PostgreSQL (SIGSTOP)";
    private const string Continue = "let PostgreSQL go on (SIGCONT)";
    private static readonly TimeSpan _longestAnswer = TimeSpan.FromSeconds(10.25);
    private static readonly TimeSpan _confirmWithin = TimeSpan.FromSeconds(5);

    /// <summary>Gets the experiment.</summary>
    public static Experiment Experiment { get; } = new()
    {
        Name = "postgres-stopped",
        Title = "No request outlives its deadline while PostgreSQL doesn't answer.",
        Description =
            "20 orders arrive each second. After 3 s all processes of PostgreSQL stop for 10 s. No request outlives the gateway's deadline of 10 s by more than 250 ms. "
            + "An order is confirmed within 5 s of the end, without help; unknown outcomes settle. Both databases are concerned.",
        Seed = 401,
        SteadyState = SteadyStates.Confirming,
        Load = new(OrdersPerSecond: 20, For: TimeSpan.FromSeconds(20)),
        Method =
        [
            new(Stop, static (run, cancellationToken) => run.Shop.PauseAsync("postgres", cancellationToken)) { PauseBefore = TimeSpan.FromSeconds(3), PauseAfter = TimeSpan.FromSeconds(10) },
            new(Continue, static (run, cancellationToken) => run.Shop.ResumeAsync("postgres", cancellationToken)),
        ],
        Rollbacks = [new(Continue, static (run, cancellationToken) => run.Shop.ResumeAsync("postgres", cancellationToken))],
        SettleWithin = TimeSpan.FromSeconds(30),
        Hypothesis =
        [
            Probe.Of("longest answer", Tolerance.Within(_longestAnswer), static run => run.Journal.Entries.Longest()),
            Probe.Of("orders sent while it stood still", Tolerance.Some, static run => During(run).Count),
            Probe.Of("time from its going on to the first confirmed order", Tolerance.Within(_confirmWithin), static run => ConfirmedAfter(run)),
        ],
        Figures = static run => string.Create(
            CultureInfo.InvariantCulture,
            $"Of {During(run).Count} orders while it stood still {During(run).Count(static entry => entry.Status == 503)} were refused, {During(run).Count(static entry => entry.Status == 504)} ran out of time; "
            + $"the longest took {run.Journal.Entries.Longest().TotalSeconds:F1} s; confirmed again {ConfirmedAfter(run).TotalSeconds:F1} s after it went on; all settled {run.IdleAfter.TotalSeconds:F1} s after the last order."),
    };

    private static List<JournalEntry> During(ExperimentRun run) => [.. run.Journal.Entries.Where(entry => entry.T0 > run.Ended(Stop) && entry.T0 < run.Began(Continue))];

    private static TimeSpan ConfirmedAfter(ExperimentRun run) =>
        run.Journal.Entries.Where(entry => entry.T1 > run.Ended(Continue) && entry.Status == 201).Min(static entry => entry.T1) - run.Ended(Continue);
}
