using CsCheck;
using Resilience.CircuitBreakers;
using Xunit;

namespace Resilience.Tests.CircuitBreakers;

public sealed class WilsonTests
{
    [Theory]
    [InlineData(0.5, 0)]
    [InlineData(0.95, 1.6448536)]
    [InlineData(0.975, 1.9599640)]
    [InlineData(0.99, 2.3263479)]
    [InlineData(0.9999, 3.7190165)]
    public void Quantile_is_that_of_the_normal_distribution(double probability, double expected) =>
        Assert.Equal(expected, Wilson.Quantile(probability), precision: 6);

    [Theory]
    [InlineData(2, 3, 0.2535)] // well below one half: too little to go by
    [InlineData(60, 100, 0.5178)]
    [InlineData(10, 10, 0.7871)]
    [InlineData(0, 50, 0)]
    [InlineData(0, 0, 0)]
    public void Lower_bound_at_95_percent_follows_the_formula(long hits, long trials, double expected) =>
        Assert.Equal(expected, Wilson.LowerBound(hits, trials, Wilson.Quantile(0.95)), precision: 3);

    [Fact]
    public void Without_confidence_the_bound_is_the_ratio() =>
        Gen.Select(Gen.Long[0, 10_000], Gen.Long[1, 10_000]).Where((hits, trials) => hits <= trials)
            .Sample((hits, trials) => Math.Abs(Wilson.LowerBound(hits, trials, 0) - ((double)hits / trials)) < 1e-12);

    [Fact]
    public void The_bound_lies_between_nothing_and_the_ratio() =>
        Gen.Select(Gen.Long[0, 1_000_000], Gen.Long[1, 1_000_000], Gen.Double[0, 3.7]).Where((hits, trials, _) => hits <= trials)
            .Sample((hits, trials, z) => Wilson.LowerBound(hits, trials, z) is >= 0 and var bound && bound <= ((double)hits / trials) + 1e-12);

    [Fact]
    public void Wilson_bound_monotonicity_more_hits_never_lower_it() =>
        Gen.Select(Gen.Long[0, 10_000], Gen.Long[1, 10_000], Gen.Double[0, 3.7]).Where((hits, trials, _) => hits < trials)
            .Sample((hits, trials, z) => Wilson.LowerBound(hits, trials, z) <= Wilson.LowerBound(hits + 1, trials, z) + 1e-12);

    [Fact]
    public void Wilson_bound_monotonicity_the_same_share_of_more_calls_never_lowers_it() =>
        Gen.Select(Gen.Long[0, 1_000], Gen.Long[1, 1_000], Gen.Long[1, 100], Gen.Double[0, 3.7]).Where((hits, trials, _, _) => hits <= trials)
            .Sample((hits, trials, times, z) => Wilson.LowerBound(hits, trials, z) <= Wilson.LowerBound(hits * times, trials * times, z) + 1e-12);

    [Fact]
    public void Wilson_bound_monotonicity_more_confidence_never_raises_it() =>
        Gen.Select(Gen.Long[0, 1_000], Gen.Long[1, 1_000], Gen.Double[0.5, 0.99], Gen.Double[0, 0.009]).Where((hits, trials, _, _) => hits <= trials)
            .Sample((hits, trials, confidence, more) =>
                Wilson.LowerBound(hits, trials, Wilson.Quantile(confidence + more)) <= Wilson.LowerBound(hits, trials, Wilson.Quantile(confidence)) + 1e-9);
}
