using System.Diagnostics;
using Microsoft.Extensions.Time.Testing;
using Polly;
using Polly.Telemetry;
using Polly.Timeout;
using Resilience.Timeouts;
using Xunit;

namespace Resilience.Tests.Comparisons;

/// <summary>The same scenario against Polly's time-out and against ours; what both did is the table in <c>docs/polly-compared.md</c>.</summary>
/// <remarks>If Polly mends one of these, its test turns red: then the table must say so.</remarks>
public sealed class PollyComparedTimeoutTests
{
    private static readonly TimeSpan _limit = TimeSpan.FromMilliseconds(50);

    private readonly FakeTimeProvider _clock = new();
    private readonly Events _events = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task P10_a_call_that_ignores_its_token_does_not_hold_its_caller()
    {
        await Row("P10", "A call ignores its token; after twenty times its time its caller", DeafAsync, "still waits", "has gone on");

        async Task<string> DeafAsync(ResiliencePipeline pipeline)
        {
            var work = new TaskCompletionSource<int>();
            var running = pipeline.ExecuteAsync(_ => new ValueTask<int>(work.Task), Token).AsTask();
            var waited = Stopwatch.GetTimestamp();
            for (var turn = 0; turn < 20 || (!running.IsCompleted && Stopwatch.GetElapsedTime(waited) < TimeSpan.FromSeconds(0.5)); turn++)
            {
                _clock.Advance(_limit); // and real time for the threads that cancel and go on
                await Task.Yield();
            }

            var answer = running.IsCompleted ? "has gone on" : "still waits";
            work.SetResult(0);
            await running.ContinueWith(static ended => ended.Exception, TaskScheduler.Default);
            return answer;
        }
    }

    [Fact]
    public async Task P18_a_late_success_is_seen()
    {
        await Row("P18", "A call succeeds after its time was up; its caller gets, and telemetry", LateAsync, "the result, says nothing", "the result, says OnLateSuccess");

        async Task<string> LateAsync(ResiliencePipeline pipeline)
        {
            _events.Seen.Clear();
            var work = new TaskCompletionSource<int>();
            var running = pipeline.ExecuteAsync(
                token =>
                {
                    token.Register(() => work.TrySetResult(7));
                    return new ValueTask<int>(work.Task);
                },
                Token).AsTask();
            await _clock.AdvanceUntilAsync(running, _limit);
            var said = _events.Seen.Where(static name => name != "OnTimeout" && name.StartsWith("On", StringComparison.Ordinal)).ToArray();
            return $"{(await running == 7 ? "the result" : "something else")}, says {(said.Length == 0 ? "nothing" : string.Join(' ', said))}";
        }
    }

    private async Task Row(string number, string what, Func<ResiliencePipeline, Task<string>> play, string pollys, string ours)
    {
        Assert.Equal(pollys, await play(Builder().AddTimeout(new TimeoutStrategyOptions { Timeout = _limit }).Build()));
        Assert.Equal(ours, await play(Builder()
            .AddOperationTimeout(new OperationTimeoutStrategyOptions { Timeout = _limit, Mode = number == "P10" ? TimeoutMode.Abandon : TimeoutMode.Cooperative })
            .Build()));
        ComparisonTable.AssertHolds($"| {number} | {what} | {pollys} | {ours} |");
    }

    private ResiliencePipelineBuilder Builder() => new() { TimeProvider = _clock, TelemetryListener = _events };

    private sealed class Events : TelemetryListener
    {
        public List<string> Seen { get; } = [];

        public override void Write<TResult, TArgs>(in TelemetryEventArguments<TResult, TArgs> args) => Seen.Add(args.Event.EventName);
    }
}
