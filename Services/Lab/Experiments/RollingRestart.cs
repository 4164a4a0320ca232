using System.Globalization;
using Lab.Journals;
using Lab.Running;

namespace Lab.Experiments;

/// <summary>The two replicas of orders are stopped and started again, one after the other, while orders arrive: what a deployment does.</summary>
public static class RollingRestart
{
    private const string Restart = "restart each replica of orders in turn";
    private static readonly TimeSpan _restartsWithin = TimeSpan.FromSeconds(120); // 60 s for each
    private static readonly TimeSpan _margin = TimeSpan.FromSeconds(1);

    /// <summary>Gets the experiment.</summary>
    public static Experiment Experiment { get; } = new()
    {
        Name = "rolling-restart",
        Title = "Two replicas restarted in turn fail no order.",
        Description =
            "20 orders arrive each second. Each replica of orders is asked to stop (SIGTERM) and started again; the second one once the first is healthy. "
            + "Each first attempt is a 201 or a 202.",
        Seed = 118,
        SteadyState = SteadyStates.Confirming,
        Load = new(OrdersPerSecond: 20),
        Method =
        [
            new(Restart, static async (run, cancellationToken) =>
            {
                foreach (var replica in run.Shop.InstancesOf("orders"))
                {
                    await run.Shop.RestartAsync(replica, cancellationToken);
                }
            })
            { PauseBefore = _margin, PauseAfter = _margin },
        ],
        Rollbacks = [ShopSteps.Start("orders")],
        SettleWithin = TimeSpan.FromSeconds(60),
        Hypothesis =
        [
            Probe.Of("time that both restarts took", Tolerance.Within(_restartsWithin), static run => run.Ended(Restart) - run.Began(Restart)),
            Probe.Of("first attempts", Tolerance.Some, static run => run.Firsts.Count),
            Probe.Of("first attempts neither confirmed nor accepted", Tolerance.None, static run => Measurement.CountOf(run.Firsts.OtherThan(201, 202))),
        ],
        Figures = static run => string.Create(
            CultureInfo.InvariantCulture,
            $"Both restarted within {(run.Ended(Restart) - run.Began(Restart)).TotalSeconds:F1} s: of {run.Firsts.Count} orders {run.Firsts.Count(static entry => entry.Status == 201)} confirmed at once, "
            + $"{run.Firsts.Count(static entry => entry.Status == 202)} accepted."),
    };
}
