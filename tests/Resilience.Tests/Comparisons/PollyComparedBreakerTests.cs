using System.Globalization;
using System.Reflection;
using Polly.CircuitBreaker;
using Xunit;

namespace Resilience.Tests.Comparisons;

/// <summary>The same scenario against Polly's circuit breaker and against ours; what both did is the table in <c>docs/polly-compared.md</c>.</summary>
/// <remarks>If Polly mends one of these, its test turns red: then the table must say so.</remarks>
public sealed class PollyComparedBreakerTests
{
    private static readonly TimeSpan _day = TimeSpan.FromDays(1);

    [Fact]
    public async Task P1_a_probe_that_its_caller_cancels_proves_nothing()
    {
        await Row("P1", "A probe is cancelled by its caller", CancelAProbe, "Closed", "HalfOpen");

        static async Task<string> CancelAProbe(BreakerScenario breaker)
        {
            await breaker.OpenAndWaitAsync();
            await breaker.CallAndCancelAsync();
            return breaker.State;
        }
    }

    [Fact]
    public async Task P2_a_success_from_before_the_break_does_not_close_it()
    {
        await Row("P2", "A call from before the break succeeds while a probe is under way", SucceedLate, "Closed", "HalfOpen");

        static async Task<string> SucceedLate(BreakerScenario breaker)
        {
            var stale = breaker.Start();
            await breaker.OpenAndWaitAsync();
            var probe = breaker.Start();
            await stale.SucceedAsync();
            var state = breaker.State;
            await probe.SucceedAsync();
            return state;
        }
    }

    [Fact]
    public async Task P2b_a_failure_from_before_the_break_does_not_outvote_the_probe()
    {
        await Row("P2b", "A call from before the break fails, and then the probe succeeds", FailLate, "Open, then Open", "HalfOpen, then Closed");

        static async Task<string> FailLate(BreakerScenario breaker)
        {
            var stale = breaker.Start();
            await breaker.OpenAndWaitAsync();
            var probe = breaker.Start();
            await stale.FailAsync();
            var state = breaker.State;
            await probe.SucceedAsync();
            return $"{state}, then {breaker.State}";
        }
    }

    [Fact]
    public async Task P3_a_probe_that_hangs_does_not_hold_the_door_shut_for_ever()
    {
        await Row("P3", "A probe hangs for a day; the next call", HangAProbe, "is refused, retry after -23:59:55", "is let in");

        static async Task<string> HangAProbe(BreakerScenario breaker)
        {
            await breaker.OpenAndWaitAsync();
            var hung = breaker.Start();
            breaker.Pass(_day);
            var answer = await breaker.CallAsync() is BrokenCircuitException refusal
                ? string.Create(CultureInfo.InvariantCulture, $"is refused, retry after {refusal.RetryAfter}")
                : "is let in";
            await hung.SucceedAsync();
            return answer;
        }
    }

    [Fact]
    public async Task P4_a_handler_that_throws_does_not_hold_the_door_shut_for_ever()
    {
        static void Throw() => throw new InvalidOperationException("in the handler");

        await Row(
            "P4", "A handler throws as it half-opens; calls let in during the next 10 tries", TryTenTimes, "0", "10", BreakerScenario.Pollys(Throw), BreakerScenario.Ours(Throw));

        static async Task<string> TryTenTimes(BreakerScenario breaker)
        {
            await breaker.OpenAndWaitAsync();
            var letIn = 0;
            for (var call = 0; call < 10; call++)
            {
                letIn += await breaker.IsLetInAsync() ? 1 : 0;
                breaker.Pass(TimeSpan.FromMinutes(1));
            }

            return letIn.ToString(CultureInfo.InvariantCulture);
        }
    }

    [Fact]
    public async Task P8_impatient_callers_do_not_hide_that_everything_fails()
    {
        await Row("P8", "Every call that is waited for fails, and two of three are cancelled first", FailAndCancel, "Closed", "Open");

        static async Task<string> FailAndCancel(BreakerScenario breaker)
        {
            for (var call = 0; call < 33; call++)
            {
                await breaker.CallAndCancelAsync();
                await breaker.CallAndCancelAsync();
                await breaker.CallAsync(new HttpRequestException());
            }

            return breaker.State;
        }
    }

    [Fact]
    public async Task P14_a_wall_clock_that_is_set_back_does_not_lengthen_a_break()
    {
        await Row(
            "P14", "The wall clock is set back by an hour during a break of 5 s; a call 10 minutes later", SetTheClockBack, "is refused", "is let in");

        static async Task<string> SetTheClockBack(BreakerScenario breaker)
        {
            await breaker.OpenAsync();
            breaker.SetTheWallClockBack(TimeSpan.FromHours(1));
            breaker.Pass(TimeSpan.FromMinutes(10));
            return await breaker.IsLetInAsync() ? "is let in" : "is refused";
        }
    }

    [Fact]
    public async Task P15_what_has_just_recovered_is_not_run_over()
    {
        await Row(
            "P15",
            "Of 500 calls right after the probe succeeded, let in",
            CallFiveHundredTimes,
            "500",
            "50",
            BreakerScenario.Pollys(),
            BreakerScenario.Ours(ramp: TimeSpan.FromSeconds(10)));

        static async Task<string> CallFiveHundredTimes(BreakerScenario breaker)
        {
            await breaker.OpenAndWaitAsync();
            await breaker.CallAsync();
            var letIn = 0;
            for (var call = 0; call < 500; call++)
            {
                letIn += await breaker.IsLetInAsync() ? 1 : 0;
            }

            return letIn.ToString(CultureInfo.InvariantCulture);
        }
    }

    [Fact]
    public void The_document_names_the_version_of_Polly_that_was_measured()
    {
        var version = typeof(BrokenCircuitException).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;

        Assert.Contains($"against Polly {version.Split('+')[0]} and", ComparisonTable.Text, StringComparison.Ordinal);
    }

    private static async Task Row(
        string number,
        string what,
        Func<BreakerScenario, Task<string>> play,
        string pollys,
        string ours,
        BreakerScenario? polly = null,
        BreakerScenario? own = null)
    {
        Assert.Equal(pollys, await play(polly ?? BreakerScenario.Pollys()));
        Assert.Equal(ours, await play(own ?? BreakerScenario.Ours()));
        ComparisonTable.AssertHolds($"| {number} | {what} | {pollys} | {ours} |");
    }
}
