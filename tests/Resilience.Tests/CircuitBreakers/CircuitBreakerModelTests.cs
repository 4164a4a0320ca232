using CsCheck;
using Microsoft.Extensions.Time.Testing;
using Resilience.CircuitBreakers;
using Resilience.Measurement;
using Resilience.Outcomes;
using Xunit;

namespace Resilience.Tests.CircuitBreakers;

/// <summary>The breaker and its model agree after each step of any story, under any options.</summary>
public sealed class CircuitBreakerModelTests
{
    private static readonly Gen<CircuitBreakerOptions> _options =
        from ratio in Gen.Double[0.1, 0.9]
        from confidence in Gen.OneOf(0.5, 0.8, 0.95)
        from throughput in Gen.Int[1, 8]
        from consecutive in Gen.OneOf<int?>(null, 2, 4)
        from window in Gen.OneOf(SamplingWindow.Time, SamplingWindow.Count)
        from slow in Gen.OneOf<int?>(null, null, 20, 500)
        from inFlight in Gen.Bool
        from jitter in Gen.OneOf(0, 0.2)
        from probes in Gen.Int[1, 4]
        from required in Gen.Int[1, 4]
        from ramp in Gen.OneOf(0, 3, 900)
        from throttled in Gen.OneOf(0, 400)
        select new CircuitBreakerOptions
        {
            FailureRatio = ratio,
            Confidence = confidence,
            MinimumThroughput = throughput,
            ConsecutiveFailures = consecutive,
            Window = window,
            SamplingDuration = TimeSpan.FromSeconds(1),
            SamplingCount = 200,
            SlowCallThreshold = slow is { } threshold ? TimeSpan.FromMilliseconds(threshold) : null,
            CountInFlightSlowCalls = inFlight,
            BreakDuration = TimeSpan.FromMilliseconds(100),
            MaxBreakDuration = TimeSpan.FromMilliseconds(600),
            BreakJitter = jitter,
            GrowthResetAfter = TimeSpan.FromMilliseconds(700),
            MaxThrottledBreak = TimeSpan.FromMilliseconds(throttled),
            ProbeCount = probes,
            RequiredProbeSuccesses = required,
            ProbeTimeout = TimeSpan.FromMilliseconds(150),
            RampDuration = TimeSpan.FromMilliseconds(ramp),
            Draw = static () => 0.5,
        };

    private static readonly Gen<Step> _step =
        from kind in Gen.Frequency(
            (40, Gen.Const(StepKind.Enter)), (40, Gen.Const(StepKind.Exit)), (15, Gen.Const(StepKind.Wait)), (1, Gen.Const(StepKind.Isolate)), (2, Gen.Const(StepKind.Close)), (3, Gen.Const(StepKind.EndBreak)))
        from pick in Gen.Int[0, 1_000]
        from result in Gen.Frequency(
            (4, Gen.Const(CallResult.Success)), (5, Gen.Const(CallResult.Failure)), (1, Gen.Const(CallResult.Neutral)), (1, Gen.Const(CallResult.Throttled)))
        from retryAfter in Gen.OneOf<int?>(null, -5, 50, 10_000)
        from wait in Gen.OneOf(Gen.Int[0, 40], Gen.Int[0, 400])
        select new Step(kind, pick, result, retryAfter is { } after ? TimeSpan.FromMilliseconds(after) : null, wait);

    private enum StepKind
    {
        Enter,
        Exit,
        Wait,
        Isolate,
        Close,
        EndBreak,
    }

    [Fact]
    public void Agrees_with_its_model_after_each_step() =>
        Gen.Select(_options, _step.Array[0, 150]).Sample(
            (options, steps) =>
            {
                var time = new FakeTimeProvider();
                var clock = new MonotonicClock(time);
                var (breaker, model) = (new CircuitBreaker("model", options, time), new BreakerModel(options) { Now = clock.Now });
                var calls = new List<(CallToken Token, BreakerModel.Call Call)>();
                foreach (var step in steps)
                {
                    Take(step, breaker, model, calls, time);
                    model.Now = clock.Now;
                    AssertSame(model, breaker.Snapshot());
                }
            },
            iter: 1_000);

    private static void Take(
        Step step, CircuitBreaker breaker, BreakerModel model, List<(CallToken Token, BreakerModel.Call Call)> calls, FakeTimeProvider time)
    {
        switch (step.Kind)
        {
            case StepKind.Enter:
                var entered = model.TryEnter();
                Assert.Equal(entered is not null, breaker.TryEnter(out var token));
                if (entered is not null)
                {
                    Assert.Equal(entered.Slot >= 0, token.IsProbe);
                    calls.Add((token, entered));
                }

                break;

            case StepKind.Exit when calls.Count > 0:
                var call = calls[step.Pick % calls.Count];
                calls.Remove(call);
                model.Exit(call.Call, step.Result, step.RetryAfter);
                breaker.Exit(call.Token, step.Result, step.RetryAfter);
                break;

            case StepKind.Wait:
                time.Advance(TimeSpan.FromMilliseconds(step.Wait));
                break;

            case StepKind.Isolate:
                model.Isolate();
                breaker.Isolate();
                break;

            case StepKind.Close:
                model.Close();
                breaker.Close();
                break;

            case StepKind.EndBreak:
                model.EndBreak();
                breaker.EndBreak();
                break;
        }
    }

    private static void AssertSame(BreakerModel model, CircuitBreakerSnapshot actual)
    {
        Assert.Equal((model.State, model.Reason, model.Epoch), (actual.State, actual.Reason, actual.Epoch));
        Assert.Equal(model.Relapses + 1, actual.ConsecutiveBreaks);
        Assert.Equal(model.Counts, (actual.Calls, actual.Failures, actual.SlowCalls));
        Assert.Equal((model.Refused, model.Late, model.ProbesUnderWay), (actual.Refused, actual.Late, actual.ProbesUnderWay));
        Assert.Equal(model.BreakRemaining, (long)actual.BreakRemaining.TotalMilliseconds);
    }

    private sealed record Step(StepKind Kind, int Pick, CallResult Result, TimeSpan? RetryAfter, int Wait);
}
