using Microsoft.Extensions.Time.Testing;
using Resilience.Measurement;
using Xunit;

namespace Resilience.Tests.Measurement;

public sealed class RollingCounterTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly RollingCounter _counter;

    public RollingCounterTests() => _counter = new(TimeSpan.FromSeconds(10), slots: 10, new MonotonicClock(_time));

    [Fact]
    public void Sums_what_happened_within_the_window()
    {
        for (var second = 0; second < 10; second++)
        {
            _counter.Add((uint)second);
            _time.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Equal(45, _counter.Sum()); // the first second, which counted 0, has just left
    }

    [Fact]
    public void Forgets_one_slot_at_a_time()
    {
        _counter.Add(1);
        _time.Advance(TimeSpan.FromSeconds(5));
        _counter.Add(2);

        _time.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(2, _counter.Sum());

        _time.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(0, _counter.Sum());
    }

    [Fact]
    public void A_gap_longer_than_the_window_leaves_nothing_behind()
    {
        _counter.Add(7);
        _time.Advance(TimeSpan.FromSeconds(1234));
        _counter.Add(1);

        Assert.Equal(1, _counter.Sum());
    }

    [Fact]
    public void A_slot_saturates_instead_of_starting_over()
    {
        _counter.Add(uint.MaxValue);
        _counter.Add(5);

        Assert.Equal(uint.MaxValue, _counter.Sum());
    }

    [Fact]
    public void A_thread_that_slept_through_a_turn_of_the_ring_changes_nothing()
    {
        var clock = new MonotonicClock(_time);
        var asleep = clock.Now;
        _time.Advance(TimeSpan.FromSeconds(10));
        _counter.Add(3);

        _counter.Add(1, asleep);

        Assert.Equal(3, _counter.Sum());
    }

    [Fact]
    public void Nothing_is_lost_between_threads()
    {
        Parallel.For(0, 8, _ =>
        {
            for (var count = 0; count < 10_000; count++)
            {
                _counter.Add();
            }
        });

        Assert.Equal(80_000, _counter.Sum());
    }
}
