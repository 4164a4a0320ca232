using System.Diagnostics;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Resilience.CircuitBreakers;
using Resilience.Outcomes;
using Xunit;

namespace Resilience.Redis.Tests;

public sealed class RedisBreakerExchangeTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly Lines _log = new();
    private readonly MemoryBoard _board;

    public RedisBreakerExchangeTests() => _board = new(_time);

    [Fact]
    public async Task It_says_once_when_it_hears_of_others_and_once_when_it_no_longer_does()
    {
        await using var exchange = Exchange(out _);
        await exchange.ExchangeAsync();
        await exchange.ExchangeAsync();
        Assert.Equal(["Information: Circuit breakers share their state with other processes through Redis as a; circuits: 1"], _log.Take());
        Assert.True(exchange.Snapshot().IsExchanging);

        _board.Failure = new InvalidOperationException("gone");
        await exchange.ExchangeAsync();
        Assert.Empty(_log.Take()); // what was heard still holds
        _time.Advance(TimeSpan.FromSeconds(1));
        await exchange.ExchangeAsync();
        await exchange.ExchangeAsync();
        Assert.Equal(["Warning: Circuit breakers no longer share their state and decide alone until Redis answers again: gone"], _log.Take());
        Assert.False(exchange.Snapshot().IsExchanging);

        _board.Failure = null;
        await exchange.ExchangeAsync();
        Assert.Single(_log.Take());
        Assert.Equal((3, 3), (exchange.Snapshot().Exchanges, exchange.Snapshot().Failures));
    }

    [Fact]
    public async Task A_board_that_hangs_is_asked_once_and_given_up_on_in_time()
    {
        await using var exchange = Exchange(out _);
        _board.Hold = new();

        var first = exchange.ExchangeAsync();
        _time.Advance(TimeSpan.FromMilliseconds(499));
        Assert.False(first.IsCompleted);
        _time.Advance(TimeSpan.FromMilliseconds(1));
        await first;
        await exchange.ExchangeAsync();
        Assert.Equal((1, 2), (_board.Questions, exchange.Snapshot().Failures));

        _board.Hold.SetResult();
        _board.Hold = null;
        await exchange.ExchangeAsync();

        Assert.Equal((2, 1), (_board.Questions, exchange.Snapshot().Exchanges));
    }

    [Fact]
    public async Task What_was_answered_late_holds_from_the_moment_of_the_question()
    {
        await using var exchange = Exchange(out var breaker);
        await _board.ExchangeAsync("b", TimeSpan.FromSeconds(1), [new("c", true, 0, 0, BreakerState.Open, 1, ProbeTurn.None)]);
        _board.Hold = new();
        var asking = exchange.ExchangeAsync();
        _time.Advance(TimeSpan.FromMilliseconds(400));
        _board.Hold.SetResult();
        await asking;

        Assert.Equal((PeerVerdict.Suspicious, TimeSpan.FromMilliseconds(600)), (breaker.Snapshot().Peers!.Verdict, breaker.Snapshot().Peers!.TimeToLive));
    }

    [Fact]
    public async Task A_change_of_state_is_told_at_once()
    {
        await using var exchange = Exchange(out var breaker);
        exchange.Start();
        await UntilAsync(() => exchange.Snapshot().Exchanges == 1);

        Assert.True(breaker.TryEnter(out var token));
        breaker.Exit(token, CallResult.Failure);
        for (var step = 0; step < 4; step++)
        {
            _time.Advance(TimeSpan.FromMilliseconds(50)); // 200 ms in all: the next turn would be after 225 ms at the earliest
            await WaitAsync(() => exchange.Snapshot().Exchanges == 2);
        }

        Assert.Equal(2, exchange.Snapshot().Exchanges);
    }

    [Fact]
    public async Task Whose_end_is_orderly_is_gone_for_the_others_at_once_and_alone()
    {
        var exchange = Exchange(out var breaker);
        exchange.Start();
        await UntilAsync(() => exchange.Snapshot().Exchanges == 1);
        Assert.Equal(1, (await AskAsync()).Peers);

        await exchange.DisposeAsync();
        await exchange.DisposeAsync();

        Assert.Equal(0, (await AskAsync()).Peers);
        Assert.Null(breaker.Snapshot().Peers);

        async Task<PeerAnswer> AskAsync() =>
            (await _board.ExchangeAsync("b", TimeSpan.FromSeconds(1), [new("c", false, 0, 0, BreakerState.Closed, 0, ProbeTurn.None)]))[0];
    }

    [Fact]
    public async Task Who_takes_a_breaker_out_has_it_decide_alone_at_once()
    {
        await using var exchange = new RedisBreakerExchange(_board, new() { Node = "a" }, _log, _time);
        var breaker = Breaker();
        var part = exchange.Join("c", breaker);
        await exchange.ExchangeAsync();
        Assert.NotNull(breaker.Snapshot().Peers);

        part.Dispose();
        await exchange.ExchangeAsync();

        Assert.Null(breaker.Snapshot().Peers);
        Assert.Equal(0, exchange.Snapshot().Circuits);
    }

    [Fact]
    public async Task The_last_to_join_under_a_name_takes_the_place_and_an_earlier_leave_does_not_end_it()
    {
        await using var exchange = new RedisBreakerExchange(_board, new() { Node = "a" }, _log, _time);
        var (first, second) = (Breaker(), Breaker());
        var part = exchange.Join("c", first);
        exchange.Join("c", second);
        part.Dispose();

        await exchange.ExchangeAsync();

        Assert.Null(first.Snapshot().Peers);
        Assert.NotNull(second.Snapshot().Peers);
    }

    [Fact]
    public async Task It_keeps_no_breaker_alive()
    {
        await using var exchange = new RedisBreakerExchange(_board, new() { Node = "a" }, _log, _time);
        JoinAndForget(exchange);
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();

        await exchange.ExchangeAsync();

        Assert.Equal(0, exchange.Snapshot().Circuits);

        [MethodImpl(MethodImplOptions.NoInlining)]
        static void JoinAndForget(RedisBreakerExchange exchange) => exchange.Join("c", Breaker());
    }

    [Fact]
    public async Task Circuits_beyond_what_is_bearable_decide_alone_and_it_says_so_once()
    {
        await using var exchange = new RedisBreakerExchange(_board, new() { Node = "a" }, _log, _time);
        var breakers = Enumerable.Range(0, 258).Select(_ => Breaker()).ToList();
        foreach (var (number, breaker) in breakers.Index())
        {
            exchange.Join($"c{number}", breaker);
        }

        await exchange.ExchangeAsync();

        Assert.Equal((256, 2), (exchange.Snapshot().Circuits, exchange.Snapshot().LeftOut));
        Assert.Single(_log.Take(), static line => line.StartsWith("Warning: More than 256 circuits", StringComparison.Ordinal));
        Assert.Null(breakers[^1].Snapshot().Peers);
        Assert.NotNull(breakers[255].Snapshot().Peers);
    }

    [Fact]
    public async Task Without_a_circuit_nothing_is_asked()
    {
        await using var exchange = new RedisBreakerExchange(_board, new() { Node = "a" }, _log, _time);

        await exchange.ExchangeAsync();

        Assert.Equal(0, _board.Questions);
    }

    private static CircuitBreaker Breaker() => new("inventory", new() { ConsecutiveFailures = 1 });

    private static async Task UntilAsync(Func<bool> holds) => Assert.True(await WaitAsync(holds, seconds: 10));

    // For other threads, which have their own pace.
    private static async Task<bool> WaitAsync(Func<bool> holds, double seconds = 0.2)
    {
        for (var began = Stopwatch.GetTimestamp(); !holds() && Stopwatch.GetElapsedTime(began).TotalSeconds < seconds;)
        {
            await Task.Yield();
        }

        return holds();
    }

    private RedisBreakerExchange Exchange(out CircuitBreaker breaker)
    {
        var exchange = new RedisBreakerExchange(_board, new() { Node = "a" }, _log, _time);
        breaker = new("inventory", new() { ConsecutiveFailures = 1 }, _time);
        exchange.Join("c", breaker);
        return exchange;
    }

    private sealed class Lines : ILogger<RedisBreakerExchange>
    {
        private readonly List<string> _lines = [];

        public List<string> Take()
        {
            List<string> lines = [.. _lines];
            _lines.Clear();
            return lines;
        }

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            _lines.Add($"{logLevel}: {formatter(state, exception)}");
    }
}
