using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Lab.Running;

namespace Lab.Experiments;

/// <summary>More bodies arrive at inventory, each as large as is accepted, than its heap can hold.</summary>
public static class MemoryShort
{
    private const string Inventory = "inventory";
    private const int Bodies = 2000;
    private const int AtATime = 100;
    private const int BodyBytes = 60_000;
    private const int Finished = 20;
    private const string Sku = "SKU-0500";
    private static readonly TimeSpan _pause = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan _recoverWithin = TimeSpan.FromSeconds(15);
    private static readonly Finding<int> _process = new("process");
    private static readonly Finding<bool> _isSame = new("same process");
    private static readonly Finding<HttpStatusCode> _before = new("a reservation before");
    private static readonly Finding<Pressed> _pressed = new("under pressure");
    private static readonly Finding<TimeSpan> _recovered = new("recovered after");
    private static readonly Finding<string> _then = new("memory then");

    /// <summary>Gets the experiment.</summary>
    public static Experiment Experiment { get; } = new()
    {
        Name = "memory-short",
        Title = "Bodies that don't fit into memory are refused, and the rest goes on.",
        Description =
            "Inventory's heap may grow to 96 MB and no further, and inventory refuses bodies at 75 % of that. 2,000 requests with a body of 60 KB each arrive within a few seconds, and none of them ends. "
            + "Those that don't fit get a 503 with Retry-After; /alive and reads are answered meanwhile; what was let in is served once it ends. When the others have gone, bodies are served again within 15 s. "
            + "It is the same process all the time. The limit is the collector's, which ends a process as surely as a container's; the kernel's own killer is no part of it.",
        Seed = 501,
        SteadyState = SteadyStates.Confirming,
        Method =
        [
            new("restart inventory with a heap of 96 MB", static (run, cancellationToken) => run.Shop.RestartAsync(
                Inventory,
                cancellationToken,
                ("DOTNET_gcServer", "0"),
                ("DOTNET_GCHeapHardLimit", "6000000"), // hexadecimal: 96 MB
                ("DOTNET_GCgen0size", "800000"), // 8 MB: garbage that waits for its collection counts as used, and is to be a small part
                ("Resilience__Memory__SoftLimit", "0.6"),
                ("Resilience__Memory__HardLimit", "0.75"))),
            new("reserve one unit before", static async (run, cancellationToken) =>
            {
                run.Store(_before, await ReserveAsync(run, cancellationToken));
                run.Store(_process, run.Shop.ProcessIdOf(Inventory));
            }),
            new("send bodies without an end", PressAsync),
            new("reserve until it works again", static async (run, cancellationToken) =>
            {
                run.Store(_recovered, await RecoveredAfterAsync(run, cancellationToken));
                run.Store(_then, await MemoryAsync(run, cancellationToken));
            }),
            new("compare the process", static (run, _) =>
            {
                run.Store(_isSame, run.Shop.ProcessIdOf(Inventory) == run.Read(_process));
                return Task.CompletedTask;
            }),
        ],
        Rollbacks = [new("restart inventory with its usual settings", static (run, cancellationToken) => run.Shop.RestartAsync(Inventory, cancellationToken))],
        Hypothesis =
        [
            Probe.Of("status of a reservation before", Tolerance.Exactly(200), static run => (double)run.Read(_before)),
            Probe.Of("heap that inventory may use", new(96, 96, "MB"), static run => run.Read(_pressed).HeapMegabytes),
            Probe.Of("bodies answered with something else than 503", Tolerance.None, static run => Measurement.CountOf(run.Read(_pressed).Refused.Where(static status => status != 503))),
            Probe.Of("bodies refused", Tolerance.AtLeast((Bodies / 3) + 1), static run => run.Read(_pressed).Refused.Count),
            Probe.Of("status of /alive under pressure", Tolerance.Exactly(200), static run => (double)run.Read(_pressed).Alive),
            Probe.Of("status of a read under pressure", Tolerance.Exactly(200), static run => (double)run.Read(_pressed).Read),
            Probe.Of("bodies let in and served once they ended", Tolerance.Exactly(Finished), static run => run.Read(_pressed).Served.Count(static status => status == 200)),
            Probe.Of("time until bodies were served again", Tolerance.AtMost(Math.BitDecrement(_recoverWithin.TotalSeconds), "s"), static run => run.Read(_recovered)),
            Probe.Of("it was the same process all the time", Tolerance.Yes, static run => run.Read(_isSame)),
        ],
        Figures = static run => string.Create(
            CultureInfo.InvariantCulture,
            $"{run.Read(_pressed).LetIn} of {Bodies} bodies were let in, {run.Read(_pressed).Refused.Count} refused. Under pressure: {run.Read(_pressed).Memory}. "
            + $"Served again after {run.Read(_recovered).TotalSeconds:F1} s. Then: {run.Read(_then)}."),
    };

    private static async Task PressAsync(ExperimentRun run, CancellationToken cancellationToken)
    {
        var held = new List<HeldRequest>();
        using var service = run.Shop.ConnectTo(run.Shop.InstancesOf(Inventory).Single()); // itself: the host's proxy in front of it has limits of its own
        try
        {
            for (var sent = 0; sent < Bodies; sent += AtATime)
            {
                held.AddRange(await Task.WhenAll(Enumerable.Range(0, AtATime).Select(_ => HeldRequest.SendAsync(service.BaseAddress!, Sku, BodyBytes, cancellationToken))));
                await run.WaitAsync(_pause, cancellationToken);
            }

            var memory = await MemoryAsync(run, cancellationToken);
            var megabytes = await HeapMegabytesAsync(run, cancellationToken);
            using var alive = await run.Shop.Inventory.GetAsync(new Uri("/alive", UriKind.Relative), cancellationToken);
            using var read = await run.Shop.Inventory.GetAsync(new Uri("/products/SKU-0501", UriKind.Relative), cancellationToken);
            var waiting = held.Where(static each => !each.Status.IsCompleted).ToList();
            var refused = await Task.WhenAll(held.Select(static each => each.Status).Where(static status => status.IsCompleted));
            var served = await Task.WhenAll(waiting.Take(Finished).Select(each => each.FinishAsync(cancellationToken)));
            run.Store(_pressed, new Pressed(memory, megabytes, alive.StatusCode, read.StatusCode, waiting.Count, refused, served));
        }
        finally
        {
            held.ForEach(static each => each.Dispose());
        }
    }

    private static async Task<HttpStatusCode> ReserveAsync(ExperimentRun run, CancellationToken cancellationToken)
    {
        using var reply = await run.Shop.Inventory.PutAsJsonAsync($"/reservations/{Guid.NewGuid()}", new { lines = new[] { new { sku = Sku, quantity = 1 } } }, cancellationToken);
        return reply.StatusCode;
    }

    private static async Task<string> MemoryAsync(ExperimentRun run, CancellationToken cancellationToken)
    {
        var state = await StateAsync(run, cancellationToken);
        return $"{state.GetProperty("level")}, {state.GetProperty("heapBytes").GetInt64() >> 20} of {state.GetProperty("heapAvailableBytes").GetInt64() >> 20} MB, {state.GetProperty("refused")} refused, {state.GetProperty("forcedCollections")} collections forced";
    }

    private static async Task<long> HeapMegabytesAsync(ExperimentRun run, CancellationToken cancellationToken) =>
        (await StateAsync(run, cancellationToken)).GetProperty("heapAvailableBytes").GetInt64() >> 20;

    private static async Task<JsonElement> StateAsync(ExperimentRun run, CancellationToken cancellationToken)
    {
        var all = await run.Shop.Inventory.GetFromJsonAsync<JsonElement>("/resilience", cancellationToken);
        return all.EnumerateArray().Single(static each => each.GetProperty("name").GetString() == "memory").GetProperty("strategies")[0].GetProperty("state");
    }

    // Asked for the time it takes, and not only whether: a customer's client comes back on its own.
    private static async Task<TimeSpan> RecoveredAfterAsync(ExperimentRun run, CancellationToken cancellationToken)
    {
        for (var began = run.Clock.GetTimestamp(); ; await run.WaitAsync(_pause, cancellationToken))
        {
            if (await ReserveAsync(run, cancellationToken) is HttpStatusCode.OK || run.Clock.GetElapsedTime(began) > _recoverWithin)
            {
                return run.Clock.GetElapsedTime(began);
            }
        }
    }

    private sealed record Pressed(
        string Memory, long HeapMegabytes, HttpStatusCode Alive, HttpStatusCode Read, int LetIn, IReadOnlyList<int> Refused, IReadOnlyList<int> Served);
}
