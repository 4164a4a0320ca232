using System.Globalization;
using Lab.Journals;
using Lab.Running;

namespace Lab.Experiments;

/// <summary>What the experiments have in common that kill a part of the shop while orders arrive.</summary>
internal static class KilledUnderLoad
{
    private static readonly Finding<string> _killed = new("killed");
    private static readonly Load _load = new(OrdersPerSecond: 20, For: TimeSpan.FromSeconds(10));
    private static readonly TimeSpan _before = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan _dead = TimeSpan.FromSeconds(2);

    /// <summary>Makes such an experiment.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="title">Its title.</param>
    /// <param name="part">The part that is killed, and that has to be healthy afterwards.</param>
    /// <param name="seed">Its seed.</param>
    /// <param name="choose">Chooses one instance of the part; null for all of it.</param>
    public static Experiment Of(string name, string title, string part, int seed, Func<ExperimentRun, string>? choose = null) => new()
    {
        Name = name,
        Title = title,
        Description =
            $"20 orders arrive each second. After 3 s {part} is killed with SIGKILL, and 2 s later it is started again. Afterwards every unknown key gets one answer "
            + "within 10 s, no order is under way 10 s later, and the invariants hold. A killed process doesn't lose the page cache: "
            + "this shows crash consistency, and not what a power cut does.",
        Seed = seed,
        SteadyState = SteadyStates.Confirming,
        Load = _load,
        Observers = [ShopSteps.ReadOrdersBack],
        Method =
        [
            new($"kill {part}", async (run, cancellationToken) =>
            {
                run.Store(_killed, choose?.Invoke(run) ?? part);
                await run.Shop.KillAsync(run.Read(_killed), cancellationToken);
            })
            { PauseBefore = _before, PauseAfter = _dead },
            ShopSteps.Start(part),
        ],
        Rollbacks = [ShopSteps.Start(part)],
        Hypothesis =
        [
            Probe.Of("orders confirmed at once, or nothing was tested", Tolerance.Some, static run => run.Firsts.Count(static entry => entry.Outcome is AttemptOutcome.Ok)),
        ],
        Figures = static run => string.Create(
            CultureInfo.InvariantCulture,
            $"{run.Read(_killed)} killed: of {run.Firsts.Count} first attempts {run.Firsts.Count(static entry => entry.Outcome is AttemptOutcome.Ok)} confirmed at once, "
            + $"{run.Firsts.Count(static entry => entry.Status == 202)} accepted, {run.Firsts.Count(static entry => entry.Outcome is AttemptOutcome.Info && entry.Status != 202)} unknown, "
            + $"{run.Firsts.Count(static entry => entry.Outcome is AttemptOutcome.Fail)} refused; unknowns settled in {run.SettledAfter.TotalSeconds:F1} s, none under way after {run.IdleAfter.TotalSeconds:F1} s."),
    };
}
