using Microsoft.Extensions.Time.Testing;
using Resilience.CircuitBreakers;
using Resilience.Outcomes;
using Xunit;

namespace Resilience.Tests.CircuitBreakers;

/// <summary>What holds however threads interleave.</summary>
public sealed class CircuitBreakerStressTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(50)]
    public void Ten_thousand_callers_at_the_instant_of_expiry_let_exactly_the_probes_in(int probes)
    {
        var tester = new BreakerTester(options => (options.ProbeCount, options.RequiredProbeSuccesses) = (probes, probes));
        tester.Open();
        tester.Pass(seconds: 5);
        var (admitted, negative) = (0, 0);

        OnThreads(10, _ =>
        {
            for (var caller = 0; caller < 1_000; caller++)
            {
                if (tester.Breaker.TryEnter(out var token))
                {
                    Interlocked.Increment(ref admitted);
                }
                else if (tester.Breaker.Refusal(token).RetryAfter is not { Ticks: >= 0 })
                {
                    Interlocked.Increment(ref negative);
                }
            }
        });

        Assert.Equal(probes, admitted);
        Assert.Equal(0, negative);
        Assert.Equal(2, tester.Breaker.Snapshot().Epoch); // opened once, half-opened once
    }

    [Fact]
    public async Task Sixty_four_threads_failing_open_it_exactly_once_and_nobody_enters_afterwards()
    {
        for (var round = 0; round < 4; round++)
        {
            var tester = new BreakerTester(options => (options.ConsecutiveFailures, options.MinimumThroughput) = (5, 1_000_000));
            var (admittedOpen, mostUnderWay) = (0, 64);

            OnThreads(mostUnderWay, _ =>
            {
                for (var call = 0; call < 100; call++)
                {
                    var wasOpen = tester.State == BreakerState.Open;
                    if (tester.Breaker.TryEnter(out var token))
                    {
                        Interlocked.Add(ref admittedOpen, wasOpen ? 1 : 0);
                        tester.Breaker.Exit(token, CallResult.Failure);
                    }
                }
            });

            Assert.Equal(0, admittedOpen);
            var snapshot = tester.Breaker.Snapshot();
            Assert.Equal((BreakerState.Open, 1L), (snapshot.State, snapshot.Epoch));
            Assert.InRange(snapshot.Late, 0, mostUnderWay); // at most those that were under way at the time
            Assert.Equal(BreakerState.Open, (await tester.NextTransition()).To);
            Assert.False(tester.HasMoreTransitions);
        }
    }

    [Fact]
    public async Task Exactly_one_event_per_transition_in_order_whatever_threads_do()
    {
        var time = new FakeTimeProvider();
        var heard = new List<CircuitTransition>();
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var breaker = new CircuitBreaker("busy", new()
        {
            ConsecutiveFailures = 2,
            BreakDuration = TimeSpan.FromMilliseconds(10),
            MaxBreakDuration = TimeSpan.FromMilliseconds(10),
            RampDuration = TimeSpan.FromMilliseconds(9),
            OnTransition = transition =>
            {
                heard.Add(transition); // unguarded on purpose: one at a time is part of the promise
                if (transition.Reason == TransitionReason.IsolatedByHand)
                {
                    done.SetResult();
                }
            },
        }, time);

        OnThreads(8, thread =>
        {
            var random = new Random(thread);
            for (var call = 0; call < 5_000; call++)
            {
                if (breaker.TryEnter(out var token))
                {
                    breaker.Exit(token, random.Next(3) == 0 ? CallResult.Failure : CallResult.Success);
                }
                else if (thread == 0)
                {
                    time.Advance(TimeSpan.FromMilliseconds(1));
                }
            }
        });
        breaker.Isolate();
        await done.Task.WaitAsync(TestContext.Current.CancellationToken);

        Assert.Equal(breaker.Snapshot().Epoch, heard.Count);
        Assert.Equal(Enumerable.Range(1, heard.Count).Select(number => (long)number), heard.Select(transition => transition.Epoch));
        Assert.Equal(heard.Skip(1).Select(transition => transition.From), heard.SkipLast(1).Select(transition => transition.To));
        Assert.All(heard, transition => Assert.NotEqual(transition.From, transition.To));
    }

    [Fact]
    public void Calls_under_way_are_counted_down_to_none_whatever_threads_do()
    {
        var time = new FakeTimeProvider();
        var breaker = new CircuitBreaker("slow", new() { SlowCallThreshold = TimeSpan.FromMilliseconds(20), MinimumThroughput = 1_000_000 }, time);

        OnThreads(8, thread =>
        {
            for (var call = 0; call < 5_000; call++)
            {
                Assert.True(breaker.TryEnter(out var token));
                if (thread == 0)
                {
                    time.Advance(TimeSpan.FromMilliseconds(1));
                }

                breaker.Exit(token, CallResult.Neutral);
            }
        });
        time.Advance(TimeSpan.FromSeconds(10));

        Assert.Equal(0, breaker.Snapshot().SlowCalls);
    }

    private static void OnThreads(int count, Action<int> work)
    {
        using var together = new Barrier(count);
        var threads = Enumerable.Range(0, count).Select(number => new Thread(() =>
        {
            together.SignalAndWait();
            work(number);
        })).ToList();
        threads.ForEach(thread => thread.Start());
        threads.ForEach(thread => thread.Join());
    }
}
