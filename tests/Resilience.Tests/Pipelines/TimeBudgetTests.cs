using System.ComponentModel.DataAnnotations;
using CsCheck;
using Resilience.Pipelines;
using Xunit;

namespace Resilience.Tests.Pipelines;

public sealed class TimeBudgetTests
{
    private readonly TimeBudget _fits = new()
    {
        Pipeline = "orders-inventory",
        Total = new("Resilience:Clients:inventory:Total:Timeout", TimeSpan.FromSeconds(2)),
        AttemptTimeout = new("Resilience:Clients:inventory:Attempt:Timeout", TimeSpan.FromMilliseconds(500)),
        MaxRetryAttempts = new("Resilience:Clients:inventory:Retry:MaxRetryAttempts", 2),
        Delays = new("Resilience:Clients:inventory:Retry:MaxDelay", TimeSpan.FromMilliseconds(500)),
        SamplingDuration = new("Resilience:Clients:inventory:CircuitBreaker:SamplingDuration", TimeSpan.FromSeconds(1)),
        Upstream = new("Resilience:Deadline", TimeSpan.FromSeconds(2)),
    };

    [Fact]
    public void What_fits_exactly_is_built()
    {
        Assert.Equal(TimeSpan.FromSeconds(2), _fits.Needed);
        _fits.EnsureFits();
    }

    [Fact]
    public void Attempts_and_delays_that_do_not_fit_are_refused_with_keys_values_and_the_mend()
    {
        var budget = _fits with { Total = _fits.Total with { Value = TimeSpan.FromMilliseconds(1500) } };

        Assert.Equal(
            "The pipeline orders-inventory can't be built. "
            + "3 attempts (Resilience:Clients:inventory:Retry:MaxRetryAttempts is 2) of 500 ms (Resilience:Clients:inventory:Attempt:Timeout) "
            + "with delays of up to 500 ms (Resilience:Clients:inventory:Retry:MaxDelay) take 2 s, which doesn't fit into 1.5 s (Resilience:Clients:inventory:Total:Timeout). "
            + "Raise Resilience:Clients:inventory:Total:Timeout to at least 2 s, or lower Resilience:Clients:inventory:Retry:MaxRetryAttempts, "
            + "Resilience:Clients:inventory:Attempt:Timeout or Resilience:Clients:inventory:Retry:MaxDelay.",
            Assert.Throws<ValidationException>(budget.EnsureFits).Message);
    }

    [Fact]
    public void An_attempt_as_long_as_the_total_is_refused() => Assert.Equal(
        "2 s (Resilience:Clients:inventory:Attempt:Timeout) is not shorter than 2 s (Resilience:Clients:inventory:Total:Timeout), so an attempt never times out by itself. "
        + "Lower Resilience:Clients:inventory:Attempt:Timeout, or raise Resilience:Clients:inventory:Total:Timeout above 2 s.",
        (_fits with { AttemptTimeout = _fits.AttemptTimeout with { Value = TimeSpan.FromSeconds(2) }, SamplingDuration = null }).Problems().Single());

    [Fact]
    public void A_total_longer_than_the_caller_waits_is_refused() => Assert.Equal(
        "2 s (Resilience:Clients:inventory:Total:Timeout) is longer than the caller waits, 1 s (Resilience:Deadline). "
        + "Lower Resilience:Clients:inventory:Total:Timeout to at most 1 s, or raise Resilience:Deadline.",
        (_fits with { Upstream = new("Resilience:Deadline", TimeSpan.FromSeconds(1)) }).Problems().Single());

    [Fact]
    public void A_window_shorter_than_two_attempts_is_refused() => Assert.Equal(
        "999 ms (Resilience:Clients:inventory:CircuitBreaker:SamplingDuration) is shorter than two attempts of 500 ms (Resilience:Clients:inventory:Attempt:Timeout), "
        + "so the breaker forgets time-outs as it learns of them. Raise Resilience:Clients:inventory:CircuitBreaker:SamplingDuration to at least 1 s, or lower Resilience:Clients:inventory:Attempt:Timeout.",
        (_fits with { SamplingDuration = _fits.SamplingDuration!.Value with { Value = TimeSpan.FromMilliseconds(999) } }).Problems().Single());

    [Fact]
    public void Every_problem_is_named_at_once() => Assert.Equal(
        3,
        (_fits with { AttemptTimeout = _fits.AttemptTimeout with { Value = TimeSpan.FromSeconds(3) }, Upstream = new("Resilience:Deadline", TimeSpan.FromSeconds(1)) })
            .Problems().Count);

    [Fact]
    public void Delays_are_added_up_without_overflow_at_any_number_of_attempts()
    {
        Assert.Equal(TimeSpan.FromMilliseconds(700), TimeBudget.LongestDelays(3, static attempt => TimeSpan.FromMilliseconds(100 << attempt)));
        Assert.Equal(TimeSpan.MaxValue, TimeBudget.LongestDelays(int.MaxValue, static _ => TimeSpan.MaxValue));
        Assert.Equal(TimeSpan.MaxValue, (_fits with { MaxRetryAttempts = new("n", int.MaxValue), AttemptTimeout = new("t", TimeSpan.MaxValue) }).Needed);
    }

    [Fact]
    public void A_total_raised_as_the_message_says_is_enough() =>
        Gen.Select(Gen.Int[1, 100_000], Gen.Int[1, 100_000], Gen.Int[0, 20], Gen.Int[0, 100_000]).Sample((total, attempt, retries, delays) =>
        {
            var budget = new TimeBudget
            {
                Pipeline = "any",
                Total = new("total", TimeSpan.FromMilliseconds(total)),
                AttemptTimeout = new("attempt", TimeSpan.FromMilliseconds(attempt)),
                MaxRetryAttempts = new("retries", retries),
                Delays = new("delays", TimeSpan.FromMilliseconds(delays)),
            };

            // One attempt without a delay needs a little more than its own time, since the total must be the longer one.
            var raised = budget.Needed + (retries == 0 && delays == 0 ? TimeSpan.FromMilliseconds(1) : TimeSpan.Zero);
            Assert.Empty((budget with { Total = new("total", raised) }).Problems());
        });
}
