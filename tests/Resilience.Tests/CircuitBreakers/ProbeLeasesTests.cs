using Resilience.CircuitBreakers;
using Resilience.Interleaving;
using Xunit;

namespace Resilience.Tests.CircuitBreakers;

public sealed class ProbeLeasesTests
{
    private readonly ProbeLeases _leases = new(count: 2);

    [Fact]
    public void Lets_as_many_through_as_there_are_leases()
    {
        Assert.True(_leases.TryTake<Unwatched>(100, 50, out _, out var end));
        Assert.True(_leases.TryTake<Unwatched>(120, 50, out _, out _));
        Assert.False(_leases.TryTake<Unwatched>(149, 50, out _, out _));

        Assert.Equal(150, end);
        Assert.Equal(150, _leases.NextEnd(149));
        Assert.Equal(2, _leases.UnderWay(149));
    }

    [Fact]
    public void A_lease_that_ran_out_is_taken_over_and_what_it_brings_back_is_too_late()
    {
        _leases.TryTake<Unwatched>(100, 50, out var slot, out var end);
        _leases.TryTake<Unwatched>(100, 50, out _, out _);

        Assert.True(_leases.TryTake<Unwatched>(150, 50, out var takenOver, out var newEnd));
        Assert.Equal(slot, takenOver);
        Assert.Equal(1, _leases.Expired);

        Assert.False(_leases.TryReturn<Unwatched>(slot, end, 160));
        Assert.True(_leases.TryReturn<Unwatched>(takenOver, newEnd, 160)); // the stranger's return has not freed it
    }

    [Fact]
    public void A_lease_that_ran_out_is_too_late_even_if_nobody_took_it_over()
    {
        _leases.TryTake<Unwatched>(100, 50, out var slot, out var end);

        Assert.False(_leases.TryReturn<Unwatched>(slot, end, 150));
        Assert.Equal(0, _leases.UnderWay(150));
    }

    [Fact]
    public void Threads_never_hold_more_leases_than_there_are()
    {
        var (held, most) = (0, 0);
        Parallel.For(0, 8, _ =>
        {
            for (var turn = 0; turn < 20_000; turn++)
            {
                if (_leases.TryTake<Unwatched>(0, 1_000, out var slot, out var end))
                {
                    var now = Interlocked.Increment(ref held);
                    Volatile.Write(ref most, Math.Max(now, Volatile.Read(ref most)));
                    Interlocked.Decrement(ref held);
                    Assert.True(_leases.TryReturn<Unwatched>(slot, end, 0));
                }
            }
        });

        Assert.InRange(most, 1, 2);
        Assert.Equal(0, _leases.UnderWay(0));
    }
}
