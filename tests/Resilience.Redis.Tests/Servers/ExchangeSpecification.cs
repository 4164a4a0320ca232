using System.Diagnostics;
using Resilience.CircuitBreakers;
using Resilience.Outcomes;
using Xunit;

namespace Resilience.Redis.Tests.Servers;

/// <summary>Exchanges over a real server, at their own pace: how soon others hear, and what happens when it hangs, dies or is emptied.</summary>
/// <typeparam name="TServer">Which.</typeparam>
public abstract class ExchangeSpecification<TServer>(TServer server) : IAsyncLifetime
    where TServer : Server
{
    private const int MostLooks = 20;
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(20);

    private readonly string _circuit = "exchanged:" + Guid.NewGuid();
    private readonly List<IAsyncDisposable> _open = [];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Others_hear_within_half_a_second_at_an_interval_of_a_quarter()
    {
        var (telling, _) = await JoinAsync("a");
        var (hearing, _) = await JoinAsync("b");
        await UntilAsync(() => hearing.Snapshot().Peers?.Peers == 1);

        var times = new List<double>();
        for (var trip = 0; trip < 20; trip++)
        {
            Open(telling);
            times.Add(await TimeAsync(() => hearing.Snapshot().Peers?.OpenPeers == 1));
            telling.Close();
            times.Add(await TimeAsync(() => hearing.Snapshot().Peers?.OpenPeers == 0));
        }

        times.Sort();
        TestContext.Current.TestOutputHelper!.WriteLine($"median {times[times.Count / 2]:0} ms, longest {times[^1]:0} ms");
        Assert.InRange(times[^1], 0, 500);
    }

    [Fact]
    public async Task A_server_that_hangs_costs_no_call_anything_and_is_heard_again_when_it_goes_on()
    {
        await WhileAwayAsync(
            leave: () =>
            {
                server.Stop();
                return Task.CompletedTask;
            },
            comeBack: () =>
            {
                server.Continue();
                return Task.CompletedTask;
            });
    }

    [Fact]
    public async Task A_server_that_dies_costs_no_call_anything_and_is_heard_again_when_it_is_back() =>
        await WhileAwayAsync(server.KillAsync, () => server.StartAsync(Token));

    [Fact]
    public async Task A_server_that_is_emptied_is_full_again_after_a_turn()
    {
        var (first, _) = await JoinAsync("a");
        var (second, exchange) = await JoinAsync("b");
        Open(first);
        await UntilAsync(() => second.Snapshot().Peers?.OpenPeers == 1);

        await using var redis = await server.ConnectAsync();
        await redis.GetDatabase().ExecuteAsync("FLUSHALL");
        var exchanges = exchange.Snapshot().Exchanges;
        await UntilAsync(() => exchange.Snapshot().Exchanges >= exchanges + 3);

        Assert.Equal((1, 1), (second.Snapshot().Peers?.Peers, second.Snapshot().Peers?.OpenPeers));
        Assert.Equal(0, exchange.Snapshot().Failures);
    }

    [Fact]
    public async Task A_process_that_starts_without_its_server_decides_alone_and_hears_later()
    {
        await server.KillAsync();
        var (breaker, exchange) = await JoinAsync("a");
        Assert.Equal(100, Call(breaker, CallResult.Success, 100));
        await UntilAsync(() => exchange.Snapshot().Failures > 0);
        Assert.Null(breaker.Snapshot().Peers);

        await server.StartAsync(Token);

        await UntilAsync(() => exchange.Snapshot().IsExchanging);
    }

    /// <inheritdoc />
    public ValueTask InitializeAsync() => default;

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        foreach (var one in Enumerable.Reverse(_open))
        {
            await one.DisposeAsync();
        }

        GC.SuppressFinalize(this);
    }

    private static void Open(CircuitBreaker breaker)
    {
        Call(breaker, CallResult.Failure, 10);
        Assert.Equal(BreakerState.Open, breaker.State);
    }

    private static int Call(CircuitBreaker breaker, CallResult result, int times)
    {
        var passed = 0;
        for (var call = 0; call < times; call++)
        {
            if (breaker.TryEnter(out var token))
            {
                breaker.Exit(token, result);
                passed++;
            }
        }

        return passed;
    }

    // The best of many batches, since a neighbour on the machine can only take time away.
    private static double Cost(CircuitBreaker breaker) => Enumerable.Range(0, 60).Min(_ =>
    {
        var began = Stopwatch.GetTimestamp();
        Assert.Equal(20_000, Call(breaker, CallResult.Success, 20_000));
        return Stopwatch.GetElapsedTime(began).TotalMicroseconds;
    });

    private static async Task<double> TimeAsync(Func<bool> holds)
    {
        var began = Stopwatch.GetTimestamp();
        await UntilAsync(holds);
        return Stopwatch.GetElapsedTime(began).TotalMilliseconds;
    }

    private static async Task UntilAsync(Func<bool> holds)
    {
        for (var began = Stopwatch.GetTimestamp(); !holds();)
        {
            Assert.True(Stopwatch.GetElapsedTime(began) < _patience);
            await Task.Delay(1, Token);
        }
    }

    private async Task WhileAwayAsync(Func<Task> leave, Func<Task> comeBack)
    {
        var (first, _) = await JoinAsync("a");
        var (second, _) = await JoinAsync("b");
        var (third, exchange) = await JoinAsync("c");
        var (busy, _) = await JoinAsync("d");
        Cost(busy); // until it is compiled for good
        var before = Cost(busy);
        Open(first);
        Open(second);
        await UntilAsync(() => third.State == BreakerState.Open);

        await leave();
        try
        {
            await UntilAsync(() => !exchange.Snapshot().IsExchanging);
            var away = double.MaxValue;
            for (var look = 0; look < MostLooks && away >= 1.5 * before; look++)
            {
                away = Math.Min(away, Cost(busy)); // what else the machine does passes; what the exchange costs each call doesn't
            }

            TestContext.Current.TestOutputHelper!.WriteLine($"20,000 calls: {before:0} µs before, {away:0} µs without the server");
            Assert.True(away < 1.5 * before, $"{before} µs became {away} µs");
            Assert.Null(third.Snapshot().Peers);
            await UntilAsync(() => Call(third, CallResult.Failure, 1) == 1); // a probe that needs no leave
            Assert.Equal(TransitionReason.ProbeFailed, third.Snapshot().Reason);
        }
        finally
        {
            await comeBack();
        }

        await UntilAsync(() => exchange.Snapshot().IsExchanging && third.Snapshot().Peers?.Peers == 3);
    }

    private async Task<(CircuitBreaker Breaker, RedisBreakerExchange Exchange)> JoinAsync(string node)
    {
        var breaker = new CircuitBreaker("inventory", new()
        {
            MinimumThroughput = 10,
            ConsecutiveFailures = 10,
            BreakDuration = TimeSpan.FromMinutes(1),
            ProbeCount = 1,
        });
        var redis = await server.ConnectAsync();
        var exchange = new RedisBreakerExchange(redis, new() { Node = node });
        exchange.Join(_circuit, breaker);
        exchange.Start();
        _open.AddRange([redis, exchange]);
        return (breaker, exchange);
    }
}

[Collection(nameof(GarnetServer))]
public sealed class GarnetExchangeTests(GarnetServer server) : ExchangeSpecification<GarnetServer>(server);

[Collection(nameof(RealRedisServer))]
public sealed class RealRedisExchangeTests(RealRedisServer server) : ExchangeSpecification<RealRedisServer>(server);
