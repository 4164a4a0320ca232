using System.Diagnostics;
using Polly;
using Resilience.Benchmarks.Harness;
using Resilience.CircuitBreakers;
using Resilience.Measurement;
using Resilience.Outcomes;
using Resilience.Redis;

namespace Resilience.Benchmarks.Goals;

internal sealed class DistributedBreaker() : Goal("G21", "circuit breaker that hears of other processes; while it hears nothing; how soon they hear", "our own breaker, alone")
{
    private const int Trips = 100;

    public override async Task<GoalResult> MeasureAsync(Stand stand)
    {
        var (local, hearing, deaf) = (new CircuitBreaker("local", new()), new CircuitBreaker("hearing", new()), new CircuitBreaker("deaf", new()));
        var board = new SharedBoard();
        await using var exchange = Take(board, "hearing", hearing);
        await using var down = Take(new SharedBoard { IsDown = true }, "deaf", deaf);
        await using var peer = Take(board, "peer", new("peer", new()));

        // Twice each: a case that hears others while it is measured, and the same breaker without.
        var joined = await stand.CompareAsync(Case("ours, hearing", hearing), Case("ours, alone", local));
        var unheard = await stand.CompareAsync(Case("ours, Redis down", deaf), Case("ours, alone", local));
        if (hearing.Snapshot().Peers?.Peers != 1 || down.Snapshot().Failures == 0)
        {
            throw new InvalidOperationException("It measures something else than it says.");
        }

        return new(
            [
                new("", joined.TimeRatio, 1.10),
                new("Redis down", unheard.TimeRatio, 1.05), // 1.00 but for what two breakers differ by, wherever they lie in memory
                new("allocates", joined.Bytes, 0, "B"),
                new("heard by 99 %", Band.Exactly(await HearAsync()), 500, "ms"),
            ],
            [.. joined.Rows, .. unheard.Rows]);
    }

    private static Case Case(string name, CircuitBreaker breaker) =>
        Calls.AtOnce(name, new ResiliencePipelineBuilder<int>().AddAdvancedCircuitBreaker(breaker).Build());

    private static RedisBreakerExchange Take(IPeerBoard board, string node, CircuitBreaker breaker)
    {
        var exchange = new RedisBreakerExchange(board, new() { Node = node }, logger: null, SystemTime.Provider);
        exchange.Join("inventory", breaker);
        exchange.Start();
        return exchange;
    }

    // From a change of one breaker's state to the moment when another process's knows, as the exchange itself takes; a network adds its own.
    private static async Task<double> HearAsync()
    {
        var board = new SharedBoard();
        var (telling, hearing) = (new CircuitBreaker("telling", new() { ConsecutiveFailures = 1, BreakDuration = TimeSpan.FromHours(1), MaxBreakDuration = TimeSpan.FromHours(1) }), new CircuitBreaker("hearing", new()));
        await using var first = Take(board, "telling", telling);
        await using var second = Take(board, "hearing", hearing);
        var times = new double[Trips];
        for (var trip = 0; trip < Trips; trip++)
        {
            // At any moment of the listener's turn, not just after it.
            await Task.Delay(TimeSpan.FromMilliseconds(250 * Randomness.Shared()), SystemTime.Provider, CancellationToken.None);
            var began = Stopwatch.GetTimestamp();
            if (trip % 2 == 0)
            {
                telling.TryEnter(out var token);
                telling.Exit(token, CallResult.Failure);
            }
            else
            {
                telling.Close();
            }

            while (hearing.Snapshot().Peers?.OpenPeers != 1 - (trip % 2))
            {
                await Task.Delay(TimeSpan.FromMilliseconds(1), SystemTime.Provider, CancellationToken.None);
            }

            times[trip] = Stopwatch.GetElapsedTime(began).TotalMilliseconds;
        }

        Array.Sort(times);
        return times[(int)(0.99 * Trips) - 1];
    }
}
