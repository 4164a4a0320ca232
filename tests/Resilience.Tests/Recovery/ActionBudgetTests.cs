using CsCheck;
using Resilience.Recovery;
using Xunit;

namespace Resilience.Tests.Recovery;

public sealed class ActionBudgetTests
{
    private const long Hour = 3_600_000;

    [Fact]
    public void It_is_full_at_first_and_fills_by_the_hour()
    {
        var budget = new ActionBudget(perHour: 6, burst: 3, now: 1000);
        Assert.Equal(3, budget.Available(1000));

        budget.Take(1000);
        budget.Take(1000);
        budget.Take(1000);

        Assert.Equal(0, budget.Available(1000));
        Assert.Equal(1, budget.Available(1000 + (Hour / 6)), precision: 9);
        Assert.Equal(3, budget.Available(1000 + (100 * Hour)));
    }

    [Fact]
    public void No_stretch_of_time_has_more_actions_than_the_burst_and_what_came_back_in_it() =>
        Gen.Select(Gen.Int[1, 60], Gen.Int[1, 10], Gen.Int[0, 600_000].Array[1, 200]).Sample((perHour, burst, pauses) =>
        {
            var budget = new ActionBudget(perHour, burst, now: 0);
            var now = 0L;
            var taken = new List<long>();
            foreach (var pause in pauses)
            {
                now += pause;
                if (budget.Available(now) >= 1)
                {
                    budget.Take(now);
                    taken.Add(now);
                }
            }

            for (var first = 0; first < taken.Count; first++)
            {
                var (count, time) = (taken.Count - first, taken[^1] - taken[first]);
                Assert.True(count <= burst + ((double)perHour * time / Hour) + 1e-6, $"{count} actions in {time} ms");
            }
        });
}
