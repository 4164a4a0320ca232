using System.Globalization;
using Lab.Journals;
using Lab.Running;

namespace Lab.Experiments;

/// <summary>Inventory gets slow, then dies, then comes back, while orders arrive and its calls are counted.</summary>
public static class InventorySlowThenDead
{
    private const string Inventory = "inventory";
    private const string Stutter = "let inventory stand still for 2.8 s of every 3";
    private const string Kill = "kill inventory";
    private const string Start = "start inventory";
    private const string Breakers = "orders' breakers to inventory";
    private const double MostCallsPerStep = 1.2;
    private static readonly TimeSpan _slow = TimeSpan.FromSeconds(6);
    private static readonly TimeSpan _stopped = TimeSpan.FromSeconds(2.8);
    private static readonly TimeSpan _running = TimeSpan.FromSeconds(0.2);
    private static readonly TimeSpan _deadline = TimeSpan.FromSeconds(10); // the gateway's
    private static readonly TimeSpan _fast = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan _closeWithin = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan _exported = TimeSpan.FromSeconds(2); // services export their spans once a second
    private static readonly Finding<int> _requestsBefore = new("requests before");
    private static readonly Finding<int> _requestsAtHeal = new("requests at the heal");
    private static readonly Finding<(double InAll, double AfterHeal)> _calls = new("calls for each step");

    /// <summary>Gets the experiment.</summary>
    public static Experiment Experiment { get; } = new()
    {
        Name = "inventory-slow-then-dead",
        Title = "Breakers open in front of a slow and a dead inventory, close again, and nobody storms it.",
        Description =
            "20 orders arrive each second for 26 s. After 4 s inventory stands still for 2.8 s of every 3; 6 s later it is killed, and 5 s later started again. "
            + "No request takes longer than its deadline. The breakers in orders open in both phases, so that most of what comes while inventory is dead is accepted within 200 ms; "
            + "they close again by themselves. No more than 1.2 calls for each step of an order arrive at inventory, in all and after the heal.",
        Seed = 301,
        SteadyState = SteadyStates.Confirming,
        Load = new(OrdersPerSecond: 20, For: TimeSpan.FromSeconds(26)),
        Observers = [new(Breakers, TimeSpan.FromMilliseconds(200), static async (run, cancellationToken) => string.Join('/', await OrdersReplicas.BreakerStatesAsync(run, cancellationToken)))],
        Method =
        [
            new("count the requests before", static (run, _) => CountAsync(run, _requestsBefore)) { PauseAfter = TimeSpan.FromSeconds(4) },
            new(Stutter, StutterAsync),
            new(Kill, static (run, cancellationToken) => run.Shop.KillAsync(Inventory, cancellationToken)) { PauseAfter = TimeSpan.FromSeconds(5) },
            new(Start, static (run, cancellationToken) => run.Shop.StartAsync(Inventory, cancellationToken)),
            new("wait until inventory is healthy", static (run, cancellationToken) => run.Shop.UntilHealthyAsync(Inventory, cancellationToken)),
            new("count the requests at the heal", static (run, _) => CountAsync(run, _requestsAtHeal)),
        ],
        Rollbacks =
        [
            new("let inventory go on", static (run, cancellationToken) => run.Shop.ResumeAsync(Inventory, cancellationToken)),
            ShopSteps.Start(Inventory),
        ],
        Hypothesis =
        [
            Probe.Of("slowest request", Tolerance.Within(_deadline), static run => run.Journal.Entries.Longest()),
            Probe.Of("a breaker was open while inventory was slow", Tolerance.Yes, static run => States(run, run.Began(Stutter), run.Ended(Kill)).Contains("open")),
            Probe.Of("a breaker was open while inventory was dead", Tolerance.Yes, static run => States(run, run.Ended(Kill), run.Began(Start)).Contains("open")),
            Probe.Of("share of the requests answered within 200 ms while inventory was dead", new(Math.BitIncrement(0.5), 1), static run => (double)Dead(run).Count(IsFast) / Dead(run).Count),
            new("time until all breakers were closed again", Tolerance.Within(_closeWithin), static async (run, cancellationToken) =>
                await OrdersReplicas.UntilClosedAsync(run, _closeWithin, cancellationToken) is { } took ? took : double.NaN),
            new("calls for each step, in all", new(1, MostCallsPerStep), static async (run, cancellationToken) =>
            {
                await run.WaitAsync(_exported, cancellationToken);
                var requests = run.Shop.RequestsTo(Inventory);
                run.Store(_calls, (CallsPerStep(requests.Skip(run.Read(_requestsBefore))), CallsPerStep(requests.Skip(run.Read(_requestsAtHeal)))));
                return run.Read(_calls).InAll;
            }),
            Probe.Of("calls for each step, after the heal", new(1, MostCallsPerStep), static run => run.Read(_calls).AfterHeal),
        ],
        Figures = static run => string.Create(
            CultureInfo.InvariantCulture,
            $"Slow: breakers {string.Join(", ", States(run, run.Began(Stutter), run.Ended(Kill)))}. Dead: breakers {string.Join(", ", States(run, run.Ended(Kill), run.Began(Start)))}; "
            + $"{Dead(run).Count(IsFast)} of {Dead(run).Count} answered within {_fast.TotalMilliseconds} ms. Slowest request {run.Journal.Entries.Longest().TotalSeconds:F1} s; all settled {run.IdleAfter.TotalSeconds:F1} s after the last order. "
            + $"Calls at inventory for each step: {run.Read(_calls).InAll:F2} in all, {run.Read(_calls).AfterHeal:F2} after the heal."),
    };

    // Its connections stay open and take what is sent: callers see a neighbour that answers late, and not one that is gone.
    private static async Task StutterAsync(ExperimentRun run, CancellationToken cancellationToken)
    {
        var began = run.Clock.GetTimestamp();
        try
        {
            while (run.Clock.GetElapsedTime(began) < _slow)
            {
                await run.Shop.PauseAsync(Inventory, cancellationToken);
                await run.WaitAsync(_stopped, cancellationToken);
                await run.Shop.ResumeAsync(Inventory, cancellationToken);
                await run.WaitAsync(_running, cancellationToken);
            }
        }
        finally
        {
            await run.Shop.ResumeAsync(Inventory, CancellationToken.None);
        }
    }

    private static Task CountAsync(ExperimentRun run, Finding<int> finding)
    {
        run.Store(finding, run.Shop.RequestsTo(Inventory).Count);
        return Task.CompletedTask;
    }

    private static HashSet<string> States(ExperimentRun run, DateTimeOffset from, DateTimeOffset to) =>
        [.. run.Observations(Breakers).Where(seen => seen.At > from && seen.At < to).SelectMany(static seen => seen.Value.Split('/'))];

    private static List<JournalEntry> Dead(ExperimentRun run) => [.. run.Journal.Entries.Where(entry => entry.T0 > run.Ended(Kill) && entry.T1 < run.Began(Start))];

    private static bool IsFast(JournalEntry entry) => entry.T1 - entry.T0 < _fast;

    // A step is a method and a path: reserving, confirming or releasing one order. A caller that repeats it makes a second call of it.
    private static double CallsPerStep(IEnumerable<ServedRequest> requests)
    {
        var calls = requests.Where(static request => request.Path.StartsWith("/reservations/", StringComparison.Ordinal)).Select(static request => (request.Method, request.Path)).ToList();
        return calls.Count == 0 ? 0 : (double)calls.Count / calls.Distinct().Count();
    }
}
