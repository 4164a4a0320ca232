using System.Diagnostics;
using System.Diagnostics.Metrics;
using Polly;
using Polly.Telemetry;
using Resilience.CircuitBreakers;
using Resilience.Outcomes;
using Resilience.Telemetry;
using Xunit;

namespace Resilience.Tests.CircuitBreakers;

/// <summary>What it tells, to whom, and that listening can't break it.</summary>
public sealed class CircuitBreakerEventTests
{
    [Fact]
    public async Task Tells_of_every_change_with_its_reason()
    {
        var tester = new BreakerTester(options => options.RampDuration = TimeSpan.FromSeconds(3));
        tester.Open();
        tester.Pass(seconds: 5);
        tester.Call(CallResult.Success);
        tester.Pass(seconds: 3);
        tester.Call(CallResult.Success);
        tester.Breaker.Isolate();
        tester.Breaker.Close();
        tester.Open();
        tester.Breaker.EndBreak();

        foreach (var (from, to, reason, seconds) in ((BreakerState, BreakerState, TransitionReason, int)[])
            [
                (BreakerState.Closed, BreakerState.Open, TransitionReason.FailureRatio, 5),
                (BreakerState.Open, BreakerState.HalfOpen, TransitionReason.BreakElapsed, 0),
                (BreakerState.HalfOpen, BreakerState.Ramping, TransitionReason.ProbesSucceeded, 0),
                (BreakerState.Ramping, BreakerState.Closed, TransitionReason.RampCompleted, 0),
                (BreakerState.Closed, BreakerState.Isolated, TransitionReason.IsolatedByHand, 0),
                (BreakerState.Isolated, BreakerState.Closed, TransitionReason.ClosedByHand, 0),
                (BreakerState.Closed, BreakerState.Open, TransitionReason.FailureRatio, 5),
                (BreakerState.Open, BreakerState.HalfOpen, TransitionReason.BreakEndedByHand, 0),
            ])
        {
            var heard = await tester.NextTransition();
            Assert.Equal(("inventory", from, to, reason, TimeSpan.FromSeconds(seconds)), (heard.Name, heard.From, heard.To, heard.Reason, heard.BreakDuration));
        }
    }

    [Fact]
    public async Task A_handler_that_throws_corrupts_nothing_and_is_counted()
    {
        var counted = new TaskCompletionSource<string?>(TaskCreationOptions.RunContinuationsAsynchronously);
        using var meters = Listen<long>("resilience.callback.errors", (_, tags) =>
        {
            if (Equals(tags.GetValueOrDefault(ResilienceTags.Name), "throws"))
            {
                counted.TrySetResult((string?)tags.GetValueOrDefault("error.type"));
            }
        });
        var tester = new BreakerTester();
        tester.Options.OnTransition = static _ => throw new InvalidOperationException("in the handler");
        tester.Options.Draw = static () => throw new InvalidOperationException("in the draw");
        var breaker = new CircuitBreaker("throws", tester.Options, tester.Time);

        breaker.TryEnter(out var first);
        breaker.TryEnter(out var second);
        breaker.Exit(first, CallResult.Failure);
        breaker.Exit(second, CallResult.Failure);
        Assert.Equal(BreakerState.Open, breaker.State);
        tester.Pass(seconds: 5);
        Assert.True(breaker.TryEnter(out var probe));
        breaker.Exit(probe, CallResult.Success);

        Assert.Equal(BreakerState.Closed, breaker.State);
        Assert.Equal(typeof(InvalidOperationException).FullName, await counted.Task.WaitAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_handler_that_re_enters_the_breaker_does_not_deadlock_and_is_under_no_lock()
    {
        var (done, other) = (new TaskCompletionSource<BreakerState>(TaskCreationOptions.RunContinuationsAsynchronously), new BreakerTester());
        CircuitBreaker? breaker = null;
        other.Options.OnTransition = transition =>
        {
            if (transition.To == BreakerState.Open)
            {
                var elsewhere = new Thread(() => breaker!.Isolate()); // would wait for ever for a lock that this thread held
                elsewhere.Start();
                elsewhere.Join();
                breaker!.Close();
            }
            else if (transition.To == BreakerState.Closed)
            {
                done.SetResult(breaker!.State);
            }
        };
        breaker = new("re-entrant", other.Options, other.Time);
        breaker.TryEnter(out var first);
        breaker.TryEnter(out var second);
        breaker.Exit(first, CallResult.Failure);
        breaker.Exit(second, CallResult.Failure);

        Assert.Equal(BreakerState.Closed, await done.Task.WaitAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_handler_hears_nothing_of_the_ambient_context_of_the_call_that_opened_it()
    {
        var (ambient, heard, tester) = (new AsyncLocal<string?>(), new TaskCompletionSource<string?>(TaskCreationOptions.RunContinuationsAsynchronously), new BreakerTester());
        tester.Options.OnTransition = _ => heard.SetResult(ambient.Value);
        tester.Breaker.Update(tester.Options);
        ambient.Value = "the caller's";

        tester.Open();

        Assert.Null(await heard.Task.WaitAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public void The_state_gauge_has_one_series_per_state_from_the_first_moment()
    {
        var seen = new Dictionary<string, long>();
        using var meters = Listen<long>("resilience.circuit_breaker.state", (value, tags) =>
        {
            if (Equals(tags[ResilienceTags.Name], "gauged"))
            {
                seen[(string)tags[ResilienceTags.State]!] = value;
            }
        });
        var breaker = new CircuitBreaker("gauged", new());

        meters.RecordObservableInstruments();
        Assert.Equal(
            new Dictionary<string, long> { ["closed"] = 1, ["open"] = 0, ["half_open"] = 0, ["ramping"] = 0, ["isolated"] = 0 }, seen);

        breaker.Isolate();
        meters.RecordObservableInstruments();
        Assert.Equal((0, 1), (seen["closed"], seen["isolated"]));
        GC.KeepAlive(breaker);
    }

    [Fact]
    public void Calls_are_counted_by_what_became_of_them_without_allocating()
    {
        var counts = new Dictionary<string, long>();
        var counting = true;
        using var meters = Listen<long>("resilience.circuit_breaker.calls", (value, tags) =>
        {
            if (counting && Equals(tags[ResilienceTags.Name], "inventory-counted"))
            {
                lock (counts)
                {
                    counts[(string)tags[ResilienceTags.Result]!] = counts.GetValueOrDefault((string)tags[ResilienceTags.Result]!) + value;
                }
            }
        });
        var tester = new BreakerTester();
        var breaker = new CircuitBreaker("inventory-counted", tester.Options, tester.Time);
        breaker.TryEnter(out var late);
        foreach (var result in (CallResult[])[CallResult.Success, CallResult.Neutral, CallResult.Throttled, CallResult.Failure, CallResult.Failure])
        {
            breaker.TryEnter(out var token);
            breaker.Exit(token, result);
        }

        breaker.TryEnter(out _);
        breaker.Exit(late, CallResult.Success);

        Assert.Equal(
            new Dictionary<string, long> { ["success"] = 1, ["neutral"] = 1, ["throttled"] = 1, ["failure"] = 2, ["refused"] = 1, ["late"] = 1 }, counts);
        counting = false;
    }

    [Fact]
    public void A_change_is_noted_on_the_span_of_the_call_that_caused_it()
    {
        using var span = new Activity("call").Start();

        new BreakerTester().Open();

        var note = Assert.Single(span.Events);
        Assert.Equal("resilience.circuit_breaker.transition", note.Name);
        Assert.Equal("open", note.Tags.Single(tag => tag.Key == ResilienceTags.State).Value);
    }

    [Fact]
    public async Task Pollys_listeners_hear_of_it_under_Pollys_names()
    {
        var (heard, tester) = (new HeardEvents(), new BreakerTester(options => options.RampDuration = TimeSpan.FromSeconds(3)));
        var pipeline = new ResiliencePipelineBuilder { Name = "orders", TelemetryListener = heard }.AddAdvancedCircuitBreaker(tester.Breaker).Build();

        tester.Open();
        tester.Pass(seconds: 5);
        await pipeline.ExecuteAsync(static _ => ValueTask.CompletedTask, TestContext.Current.CancellationToken);
        tester.Pass(seconds: 3);
        await pipeline.ExecuteAsync(static _ => ValueTask.CompletedTask, TestContext.Current.CancellationToken);

        await heard.Fourth.Task.WaitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(["OnCircuitOpened", "OnCircuitHalfOpened", "OnCircuitRamping", "OnCircuitClosed"], heard.Names);
    }

    private static MeterListener Listen<T>(string instrument, Action<T, Dictionary<string, object?>> hear)
        where T : struct
    {
        var listener = new MeterListener
        {
            InstrumentPublished = (published, listener) =>
            {
                if (published.Meter.Name == ResilienceTelemetry.Name && published.Name == instrument)
                {
                    listener.EnableMeasurementEvents(published);
                }
            },
        };
        listener.SetMeasurementEventCallback<T>((_, value, tags, _) => hear(value, new(tags.ToArray())));
        listener.Start();
        return listener;
    }

    private sealed class HeardEvents : TelemetryListener
    {
        public List<string> Names { get; } = [];

        public TaskCompletionSource Fourth { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public override void Write<TResult, TArgs>(in TelemetryEventArguments<TResult, TArgs> args)
        {
            if (args.Event.EventName.StartsWith("OnCircuit", StringComparison.Ordinal))
            {
                Names.Add(args.Event.EventName);
                if (Names.Count == 4)
                {
                    Fourth.SetResult();
                }
            }
        }
    }
}
