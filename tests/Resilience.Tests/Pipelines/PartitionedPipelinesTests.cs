using System.Collections.Concurrent;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using Microsoft.Extensions.Time.Testing;
using Polly;
using Resilience.CircuitBreakers;
using Resilience.Outcomes;
using Resilience.Pipelines;
using Xunit;

namespace Resilience.Tests.Pipelines;

public sealed class PartitionedPipelinesTests
{
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void A_key_has_one_pipeline_and_another_key_another()
    {
        var partitions = Strings(capacity: 10);

        Assert.Same(partitions.Get(1), partitions.Get(1));
        Assert.NotSame(partitions.Get(1), partitions.Get(2));
        Assert.Equal(2, partitions.Count);
    }

    [Fact]
    public void Of_two_that_are_made_for_a_key_at_once_only_the_kept_one_is_told_of()
    {
        using var both = new Barrier(2);
        var (made, told) = (0, new ConcurrentQueue<(int Key, object Pipeline)>());
        var partitions = new PartitionedPipelines<int, object>(
            "raced",
            _ =>
            {
                both.SignalAndWait(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);
                Interlocked.Increment(ref made);
                return new object();
            },
            static () => new object(),
            kept: (key, pipeline) => told.Enqueue((key, pipeline)));

        var threads = new[] { new Thread(() => partitions.Get(7)), new Thread(() => partitions.Get(7)) };
        Array.ForEach(threads, static thread => thread.Start());
        Array.ForEach(threads, static thread => thread.Join());

        Assert.Equal(2, made);
        Assert.Equal((7, partitions.Get(7)), Assert.Single(told));
    }

    [Fact]
    public void Who_has_not_been_asked_for_lately_makes_room_first()
    {
        var partitions = Strings(capacity: 3);
        var (first, second, third) = (partitions.Get(1), partitions.Get(2), partitions.Get(3));

        partitions.Get(1);
        partitions.Get(4);

        Assert.Equal(3, partitions.Count);
        Assert.Same(first, partitions.Get(1));
        Assert.Same(third, partitions.Get(3));
        Assert.NotSame(second, partitions.Get(2));
        Assert.Equal(2, partitions.Snapshot().Evicted);
    }

    [Fact]
    public void An_open_breaker_is_never_evicted()
    {
        var partitions = Guarded(capacity: 4);
        var open = partitions.Get(0);
        Fail(open.Breaker);
        var isolated = partitions.Get(1);
        isolated.Breaker.Isolate();

        for (var key = 2; key < 1_000; key++)
        {
            partitions.Get(key);
        }

        Assert.Equal(4, partitions.Count);
        Assert.Same(open, partitions.Get(0));
        Assert.Same(isolated, partitions.Get(1));
        Assert.Equal(0, partitions.Snapshot().Overflowed);
    }

    [Fact]
    public void When_nobody_can_make_room_newcomers_share_one_pipeline()
    {
        var partitions = Guarded(capacity: 4);
        for (var key = 0; key < 4; key++)
        {
            Fail(partitions.Get(key).Breaker);
        }

        var shared = partitions.Get(4);
        Assert.Same(shared, partitions.Get(5));
        Assert.Equal("shared", shared.Breaker.Name);
        Assert.Equal((4, 2), (partitions.Count, partitions.Snapshot().Overflowed));

        partitions.List().First(pair => pair.Key == 3).Value.Breaker.Close();
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.NotSame(shared, partitions.Get(6));
    }

    [Fact]
    public void A_breaker_that_nobody_called_for_long_after_its_break_does_not_hold_its_place_for_ever()
    {
        var partitions = Guarded(capacity: 1);
        var dead = partitions.Get(0);
        Fail(dead.Breaker);

        _time.Advance(TimeSpan.FromSeconds(60)); // the break of 5 s at most is over, but not for a minute
        Assert.Equal("shared", partitions.Get(1).Breaker.Name);
        _time.Advance(TimeSpan.FromSeconds(6));

        Assert.NotEqual("shared", partitions.Get(2).Breaker.Name);
    }

    [Fact]
    public void Whoever_nobody_asks_for_is_dropped_after_the_idle_timeout()
    {
        var partitions = Strings(capacity: 10);
        var (kept, _) = (partitions.Get(1), partitions.Get(2));

        for (var minutes = 0; minutes < 60; minutes += 10)
        {
            _time.Advance(TimeSpan.FromMinutes(10));
            partitions.Get(1);
            partitions.Trim();
        }

        Assert.Same(kept, Assert.Single(partitions.List()).Value);
        Assert.Equal((1, 0), (partitions.Snapshot().Expired, partitions.Snapshot().Evicted));
    }

    [Fact]
    public void Trimming_happens_by_itself_as_new_keys_come()
    {
        var partitions = Strings(capacity: 10);
        partitions.Get(1);
        _time.Advance(TimeSpan.FromHours(1));

        partitions.Get(2);

        Assert.Equal(2, Assert.Single(partitions.List()).Key);
    }

    [Fact]
    public void A_rule_that_throws_keeps_what_it_was_asked_about()
    {
        var partitions = new PartitionedPipelines<int, string>(
            "throws", Text, static () => "shared", new() { Capacity = 1 }, static _ => throw new InvalidOperationException("in the rule"), _time);

        Assert.Equal("pipeline 1", partitions.Get(1));
        Assert.Equal("shared", partitions.Get(2));
    }

    [Fact]
    public void A_factory_that_throws_takes_no_place()
    {
        var partitions = new PartitionedPipelines<int, string>(
            "throws", static key => key < 0 ? throw new InvalidOperationException("in the factory") : Text(key), static () => "shared", new() { Capacity = 1 }, time: _time);

        Assert.Throws<InvalidOperationException>(() => partitions.Get(-1));

        Assert.Equal("pipeline 1", partitions.Get(1));
    }

    [Fact]
    public void Threads_never_see_more_partitions_than_there_may_be_and_lose_none()
    {
        var partitions = Strings(capacity: 50);
        var most = 0;
        Parallel.For(0, 8, thread =>
        {
            var random = new Random(thread);
            for (var turn = 0; turn < 20_000; turn++)
            {
                var key = random.Next(200);
                Assert.Equal(Text(key), partitions.Get(key));
                if (turn % 100 == 0)
                {
                    most = Math.Max(most, partitions.Count);
                }
            }
        });

        Assert.InRange(most, 1, 50);
        Assert.Equal(0, partitions.Snapshot().Overflowed);
        for (var key = 1_000; key < 1_100; key++)
        {
            partitions.Get(key); // the first fifty use up the others' second chances
        }

        Assert.Equal(50, partitions.Count); // every place can still be taken: none was lost
        Assert.All(partitions.List(), pair => Assert.InRange(pair.Key, 1_050, 1_099));
    }

    [Fact]
    public void A_mistake_is_named_with_its_value_and_its_range()
    {
        var refusal = Assert.Throws<ValidationException>(() => Strings(capacity: 0));

        Assert.Equal("The partitions strings can't be built: Capacity is 0, but must be from 1 to 1000000.", refusal.Message);
    }

    private static string Text(int key) => string.Create(CultureInfo.InvariantCulture, $"pipeline {key}");

    private static void Fail(CircuitBreaker breaker)
    {
        Assert.True(breaker.TryEnter(out var token));
        breaker.Exit(token, CallResult.Failure);
        Assert.Equal(BreakerState.Open, breaker.State);
    }

    private PartitionedPipelines<int, string> Strings(int capacity) => new("strings", Text, static () => "shared", new() { Capacity = capacity }, time: _time);

    private PartitionedPipelines<int, GuardedPipeline<ResiliencePipeline>> Guarded(int capacity)
    {
        var options = new CircuitBreakerOptions { ConsecutiveFailures = 1, BreakJitter = 0 };
        return new("guarded", _ => Make("one"), () => Make("shared"), new() { Capacity = capacity }, time: _time);

        GuardedPipeline<ResiliencePipeline> Make(string name)
        {
            var breaker = new CircuitBreaker(name, options, _time);
            return new(new ResiliencePipelineBuilder().AddAdvancedCircuitBreaker(breaker).Build(), breaker);
        }
    }
}
