using CsCheck;
using Resilience.CircuitBreakers;
using Xunit;

namespace Resilience.Tests.CircuitBreakers;

public sealed class CallWindowTests
{
    [Fact]
    public void A_count_window_remembers_the_last_calls_only()
    {
        var window = new CountWindow(4);
        window.Record(failed: true, slow: false, now: 0, count: 3);
        Assert.Equal(new(3, 3, 0), window.Read(0));

        window.Record(failed: false, slow: true, now: 0, count: 2);
        Assert.Equal(new(4, 2, 2), window.Read(0));

        window.Record(failed: true, slow: true, now: 0, count: 4);
        Assert.Equal(new(4, 4, 4), window.Read(0));
    }

    [Fact]
    public void A_count_window_agrees_with_a_list_of_its_last_calls() =>
        Gen.Select(Gen.Int[1, 20], Gen.Select(Gen.Bool, Gen.Bool).Array[0, 100]).Sample((size, calls) =>
        {
            var window = new CountWindow(size);
            foreach (var (failed, slow) in calls)
            {
                window.Record(failed, slow, now: 0);
            }

            var last = calls.TakeLast(size).ToList();
            Assert.Equal(new(last.Count, last.Count(call => call.Item1), last.Count(call => call.Item2)), window.Read(0));
        });

    [Fact]
    public void A_count_window_does_not_drift_between_threads()
    {
        var window = new CountWindow(50);
        Parallel.For(0, 8, thread =>
        {
            for (var call = 0; call < 20_000; call++)
            {
                window.Record(failed: (call + thread) % 3 == 0, slow: call % 2 == 0, now: 0);
            }
        });

        window.Record(failed: false, slow: false, now: 0, count: 50);

        Assert.Equal(new(50, 0, 0), window.Read(0));
    }

    [Fact]
    public void A_burst_at_the_boundary_is_remembered_for_at_least_nine_tenths_of_the_window()
    {
        var window = new TimeWindow(10_000);
        window.Record(failed: true, slow: false, now: 999, count: 100);

        Assert.Equal(100, window.Read(9_999).Failures);
        Assert.Equal(0, window.Read(10_000).Failures);
    }

    [Fact]
    public void A_gap_longer_than_the_window_leaves_nothing_behind()
    {
        var window = new TimeWindow(10_000);
        window.Record(failed: true, slow: true, now: 5_000, count: 100);

        Assert.Equal(default, window.Read(1_000_000_000));
    }

    [Fact]
    public void A_clock_that_stands_still_loses_nothing_and_two_billion_calls_and_more_do_not_overflow()
    {
        var window = new TimeWindow(10_000);
        window.Record(failed: true, slow: false, now: 5_000, count: uint.MaxValue);
        window.Record(failed: true, slow: false, now: 5_000, count: uint.MaxValue);

        Assert.Equal(new(uint.MaxValue, uint.MaxValue, 0), window.Read(5_000));
    }
}
