using Microsoft.Extensions.Time.Testing;
using Polly;
using Resilience.Timeouts;
using Xunit;

namespace Resilience.Tests.Timeouts;

public sealed class TimeoutRaceTests
{
    private static readonly TimeSpan _limit = TimeSpan.FromMilliseconds(20);

    private readonly FakeTimeProvider _clock = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Timer_return_race_has_exactly_one_winner_and_no_token_of_a_later_call_is_cancelled_by_an_earlier_timer()
    {
        var timeout = new OperationTimeout("db", new() { Timeout = _limit }, _clock);
        using var over = new CancellationTokenSource();
        var ticking = Task.Run(
            () =>
            {
                while (!over.IsCancellationRequested)
                {
                    _clock.Advance(TimeSpan.FromMilliseconds(1));
                }
            },
            Token);

        var ends = await Task.WhenAll(Enumerable.Range(0, 4).Select(worker => Task.Run(async () =>
        {
            var (succeeded, timedOut) = (0, 0);
            for (var call = 0; call < 1_000; call++)
            {
                try
                {
                    await timeout.ExecuteAsync(async token =>
                    {
                        Assert.False(token.IsCancellationRequested);
                        var began = _clock.GetTimestamp();
                        await Task.Yield();
                        if (token.IsCancellationRequested)
                        {
                            Assert.True(_clock.GetElapsedTime(began) >= _limit - TimeSpan.FromMilliseconds(1));
                        }

                        token.ThrowIfCancellationRequested();
                        return 0;
                    },
                    Token);
                    succeeded++;
                }
                catch (OperationTimeoutException)
                {
                    timedOut++;
                }
            }

            return (succeeded, timedOut);
        })));
        await over.CancelAsync();
        await ticking;

        Assert.Equal(4_000, ends.Sum(static end => end.succeeded + end.timedOut));
        Assert.Equal(ends.Sum(static end => end.timedOut), timeout.Snapshot().Fired);
        Assert.Equal(0, TimerWheel.Of(_clock).Armed);
    }

    [Fact]
    public async Task Cancel_runs_user_callbacks_away_from_the_thread_of_the_timer()
    {
        var timeout = new OperationTimeout("db", new() { Timeout = _limit }, _clock);
        using var blocked = new ManualResetEventSlim();
        var other = new TaskCompletionSource();
        var stuck = timeout.ExecuteAsync(
            async token =>
            {
                token.Register(() => blocked.Wait(TimeSpan.FromSeconds(10)));
                await Task.Delay(Timeout.Infinite, token);
                return 0;
            },
            Token).AsTask();
        var free = timeout.ExecuteAsync(
            async token =>
            {
                token.Register(() => other.TrySetResult());
                await Task.Delay(Timeout.Infinite, token);
                return 0;
            },
            Token).AsTask();

        _clock.Advance(_limit * 2); // returns although a callback blocks, and the other call is cancelled all the same

        await other.Task.WaitAsync(TimeSpan.FromSeconds(10), Token);
        blocked.Set();
        await Assert.ThrowsAsync<OperationTimeoutException>(() => stuck);
        await Assert.ThrowsAsync<OperationTimeoutException>(() => free);
    }

    [Fact]
    public async Task A_callback_of_the_token_that_throws_hurts_nobody()
    {
        var timeout = new OperationTimeout("db", new() { Timeout = _limit }, _clock);
        var running = timeout.ExecuteAsync(
            async token =>
            {
                token.Register(static () => throw new InvalidOperationException());
                await Task.Delay(Timeout.Infinite, token);
                return 0;
            },
            Token).AsTask();

        _clock.Advance(_limit * 2);

        await Assert.ThrowsAsync<OperationTimeoutException>(() => running.WaitAsync(TimeSpan.FromSeconds(10), Token));
    }

    [Fact]
    public async Task Linked_token_leak_does_not_happen_a_long_lived_token_keeps_no_registration()
    {
        using var application = new CancellationTokenSource();
        var timeout = new OperationTimeout("db", new() { Timeout = _limit }, _clock);
        var seen = new HashSet<CancellationToken>();
        for (var call = 0; call < 10_000; call++)
        {
            await timeout.ExecuteAsync(
                async token =>
                {
                    seen.Add(token);
                    if (call % 2 == 0)
                    {
                        await Task.Yield();
                    }

                    return 1;
                },
                application.Token);
        }

        await application.CancelAsync();

        Assert.DoesNotContain(seen, static token => token.IsCancellationRequested); // none was still linked
        Assert.InRange(seen.Count, 1, 100); // and the sources were lent out again and again
        Assert.Equal(0, TimerWheel.Of(_clock).Armed);
    }

    [Fact]
    public async Task Callers_AsyncLocals_are_not_kept_by_the_timer()
    {
        var local = new AsyncLocal<object?>();
        var held = await Task.Run(async () =>
        {
            var value = new object();
            local.Value = value;
            await new OperationTimeout("db", new() { Timeout = _limit }, _clock).ExecuteAsync(
                static async _ =>
                {
                    await Task.Yield();
                    return 0;
                },
                Token);
            local.Value = null;
            return new WeakReference(value);
        });

        for (var turn = 0; turn < 10 && held.IsAlive; turn++)
        {
            await Task.Yield();
            GC.Collect();
        }

        Assert.False(held.IsAlive);
        _clock.Advance(_limit);
    }

    [Fact]
    public async Task A_retry_around_it_gives_each_attempt_a_fresh_token()
    {
        var pipeline = new ResiliencePipelineBuilder { TimeProvider = _clock }
            .AddRetry(new() { MaxRetryAttempts = 2, Delay = TimeSpan.Zero, ShouldHandle = static arguments => new(arguments.Outcome.Exception is OperationTimeoutException) })
            .AddOperationTimeout(_limit)
            .Build();
        var attempts = 0;
        var running = pipeline.ExecuteAsync(
            async token =>
            {
                Assert.False(token.IsCancellationRequested);
                if (++attempts < 3)
                {
                    await Task.Delay(Timeout.Infinite, token);
                }
            },
            Token).AsTask();

        await _clock.AdvanceUntilAsync(running, _limit);

        await running;
        Assert.Equal(3, attempts);
    }
}
