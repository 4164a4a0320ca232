using System.ComponentModel.DataAnnotations;
using CsCheck;
using Microsoft.Extensions.Time.Testing;
using Resilience.Retries;
using Xunit;

namespace Resilience.Tests.Retries;

public sealed class RetryBudgetTests
{
    private readonly FakeTimeProvider _clock = new();

    [Fact]
    public void Five_calls_pay_for_one_retry()
    {
        var budget = Budget(ratio: 0.2, floor: 0);
        Deposit(budget, 4);
        Assert.False(budget.TryWithdraw());

        Deposit(budget, 1);
        Assert.True(budget.TryWithdraw());
        Assert.False(budget.TryWithdraw());
    }

    [Fact]
    public void A_low_traffic_floor_lets_a_quiet_client_retry()
    {
        var budget = Budget(ratio: 0.2, floor: 1);

        Assert.Equal(10, Withdraw(budget, 100));
        _clock.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(10, Withdraw(budget, 100));
    }

    [Fact]
    public void The_floor_is_not_added_to_the_ratio()
    {
        var budget = Budget(ratio: 0.2, floor: 1);
        Deposit(budget, 1000);

        Assert.Equal(200, Withdraw(budget, 1000));
    }

    [Fact]
    public void Calls_pay_for_as_long_as_the_window_and_retries_count_for_as_long()
    {
        var budget = Budget(ratio: 0.5, floor: 0);
        Deposit(budget, 100);
        Assert.Equal(50, Withdraw(budget, 100));

        _clock.Advance(TimeSpan.FromSeconds(9));
        Deposit(budget, 10);
        Assert.Equal(5, budget.Balance, tolerance: 1e-6);

        _clock.Advance(TimeSpan.FromSeconds(1)); // the first hundred calls and their fifty retries leave together
        Assert.Equal(5, budget.Balance, tolerance: 1e-6);
        _clock.Advance(TimeSpan.FromSeconds(9));
        Assert.Equal(0, budget.Balance, tolerance: 1e-6);
    }

    [Fact]
    public void Retries_never_exceed_the_budget_of_any_window_that_a_model_remembers() =>
        Gen.Select(Gen.Int[0, 3], Gen.Int[0, 400]).List[1, 200].Sample(steps =>
        {
            var clock = new FakeTimeProvider();
            var budget = new RetryBudget(new() { Ratio = 0.2, MinRetriesPerSecond = 0.5 }, clock);
            var (calls, retries, now) = (new List<long>(), new List<long>(), 0L);
            foreach (var (kind, amount) in steps)
            {
                switch (kind)
                {
                    case 0:
                        clock.Advance(TimeSpan.FromMilliseconds(amount * 10));
                        now += amount * 10;
                        break;
                    case 1:
                        Deposit(budget, amount);
                        calls.AddRange(Enumerable.Repeat(now, amount));
                        break;
                    case 2 when retries.Count > 0 && InWindow(retries, clock, now) > 0:
                        budget.Refund();
                        retries.RemoveAt(retries.Count - 1);
                        break;
                    default:
                        var allowed = Math.Max(InWindow(calls, clock, now) * 0.2 + 1e-9, 5);
                        Assert.Equal(InWindow(retries, clock, now) + 1 <= allowed, budget.TryWithdraw() && Remember(retries, now));
                        break;
                }
            }
        });

    [Fact]
    public void Putting_back_more_than_was_taken_gives_nothing()
    {
        var budget = Budget(ratio: 0, floor: 0.1);
        Assert.True(budget.TryWithdraw());
        budget.Refund();
        budget.Refund();

        Assert.Equal(1, Withdraw(budget, 10));
    }

    [Fact]
    public void Putting_one_back_gives_one_back_however_many_were_taken_before()
    {
        var clock = new FakeTimeProvider();
        var budget = new RetryBudget(new() { Ratio = 0, MinRetriesPerSecond = 1 }, clock);
        Withdraw(budget, 5);
        clock.Advance(TimeSpan.FromSeconds(1));
        Withdraw(budget, 5);
        budget.Refund();

        Assert.Equal(1, Withdraw(budget, 10));
    }

    [Fact]
    public async Task Atomic_withdraw_never_overshoots_whatever_the_threads_do()
    {
        var budget = Budget(ratio: 0.2, floor: 0);
        Deposit(budget, 5000);

        var taken = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => Withdraw(budget, 1000))));

        Assert.Equal(1000, taken.Sum());
    }

    [Fact]
    public void The_unlimited_one_always_gives()
    {
        RetryBudget.Unlimited.Deposit();
        RetryBudget.Unlimited.Refund();
        Assert.Equal(1000, Withdraw(RetryBudget.Unlimited, 1000));
        Assert.Equal(double.PositiveInfinity, RetryBudget.Unlimited.Balance);
    }

    [Fact]
    public void A_ratio_out_of_range_is_refused_by_name_value_and_range() => Assert.Equal(
        "The retry budget can't be built: Ratio is 1.5, but must be from 0 to 1.",
        Assert.Throws<ValidationException>(() => new RetryBudget(new() { Ratio = 1.5 })).Message);

    [Fact]
    public void A_clock_that_starts_anywhere_changes_nothing()
    {
        var late = new FakeTimeProvider();
        late.Advance(TimeSpan.FromDays(4000));
        var budget = new RetryBudget(new() { Ratio = 0, MinRetriesPerSecond = 1 }, late);

        Assert.Equal(10, Withdraw(budget, 20));
    }

    private static bool Remember(List<long> retries, long now)
    {
        retries.Add(now);
        return true;
    }

    // The ring's own resolution is a second: what is remembered is whole seconds of the clock.
    private static int InWindow(List<long> times, FakeTimeProvider clock, long now)
    {
        var zero = (clock.GetTimestamp() / (clock.TimestampFrequency / 1000)) - now;
        return times.Count(time => ((zero + now) / 1000) - ((zero + time) / 1000) < 10);
    }

    private static void Deposit(RetryBudget budget, int calls)
    {
        for (var call = 0; call < calls; call++)
        {
            budget.Deposit();
        }
    }

    private static int Withdraw(RetryBudget budget, int tries) => Enumerable.Range(0, tries).Count(_ => budget.TryWithdraw());

    private RetryBudget Budget(double ratio, double floor) => new(new() { Ratio = ratio, MinRetriesPerSecond = floor }, _clock);
}
