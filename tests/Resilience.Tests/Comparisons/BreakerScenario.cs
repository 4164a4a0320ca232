using Microsoft.Extensions.Time.Testing;
using Polly;
using Polly.CircuitBreaker;
using Resilience.CircuitBreakers;
using Xunit;

namespace Resilience.Tests.Comparisons;

/// <summary>One breaker in one pipeline, either Polly's or ours, set up alike: open at half of two calls, a break of 5 seconds, one probe.</summary>
/// <param name="pipeline">The pipeline.</param>
/// <param name="state">Its breaker's state.</param>
/// <param name="time">Its clock.</param>
internal sealed class BreakerScenario(ResiliencePipeline pipeline, Func<string> state, SteppedTime time)
{
    public string State => state();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static BreakerScenario Pollys(Action? onHalfOpened = null)
    {
        var (time, provider) = (new SteppedTime(), new CircuitBreakerStateProvider());
        var pipeline = new ResiliencePipelineBuilder { TimeProvider = time }
            .AddCircuitBreaker(new()
            {
                FailureRatio = 0.5,
                MinimumThroughput = 2,
                SamplingDuration = TimeSpan.FromSeconds(30),
                BreakDuration = TimeSpan.FromSeconds(5),
                StateProvider = provider,
                OnHalfOpened = _ =>
                {
                    onHalfOpened?.Invoke();
                    return default;
                },
            })
            .Build();
        return new(pipeline, () => provider.CircuitState.ToString(), time);
    }

    public static BreakerScenario Ours(Action? onHalfOpened = null, TimeSpan ramp = default)
    {
        var time = new SteppedTime();
        var breaker = new CircuitBreaker("compared", new()
        {
            FailureRatio = 0.5,
            Confidence = 0.5,
            MinimumThroughput = 2,
            BreakDuration = TimeSpan.FromSeconds(5),
            BreakJitter = 0,
            ProbeCount = 1,
            RequiredProbeSuccesses = 1,
            RampDuration = ramp,
            OnTransition = transition =>
            {
                if (transition.To == BreakerState.HalfOpen)
                {
                    onHalfOpened?.Invoke();
                }
            },
        }, time);
        var pipeline = new ResiliencePipelineBuilder { TimeProvider = time }.AddAdvancedCircuitBreaker(breaker).Build();
        return new(pipeline, () => breaker.State.ToString(), time);
    }

    public void Pass(TimeSpan duration) => time.Advance(duration);

    public void SetTheWallClockBack(TimeSpan by) => time.SetTheWallClockBack(by);

    /// <summary>Makes a call that ends at once.</summary>
    /// <returns>What the pipeline threw, if it did.</returns>
    public async Task<Exception?> CallAsync(Exception? failure = null) =>
        await Record.ExceptionAsync(async () => await pipeline.ExecuteAsync(
            _ => failure is null ? ValueTask.CompletedTask : ValueTask.FromException(failure), Token));

    public async Task<bool> IsLetInAsync()
    {
        var letIn = false;
        await Record.ExceptionAsync(async () => await pipeline.ExecuteAsync(
            _ =>
            {
                letIn = true;
                return ValueTask.CompletedTask;
            },
            Token));
        return letIn;
    }

    /// <summary>Starts a call that ends when it is told how.</summary>
    public UnderWay Start()
    {
        var (letIn, ending) = (false, new TaskCompletionSource());
        var call = pipeline.ExecuteAsync(
            async _ =>
            {
                letIn = true;
                await ending.Task.WaitAsync(Token);
            },
            Token).AsTask();
        return new(letIn, ending, call);
    }

    public async Task CallAndCancelAsync()
    {
        using var callers = CancellationTokenSource.CreateLinkedTokenSource(Token);
        await Record.ExceptionAsync(async () => await pipeline.ExecuteAsync(
            async token =>
            {
                await callers.CancelAsync();
                token.ThrowIfCancellationRequested();
            },
            callers.Token));
    }

    public async Task OpenAsync()
    {
        await CallAsync(new HttpRequestException());
        await CallAsync(new HttpRequestException());
        Assert.Equal("Open", State);
    }

    public async Task OpenAndWaitAsync()
    {
        await OpenAsync();
        Pass(TimeSpan.FromSeconds(5));
    }

    /// <summary>A call under way.</summary>
    /// <param name="LetIn">Whether the breaker let it in.</param>
    /// <param name="Ending">Tells it how to end.</param>
    /// <param name="Call">The call.</param>
    internal sealed record UnderWay(bool LetIn, TaskCompletionSource Ending, Task Call)
    {
        public async Task SucceedAsync()
        {
            Ending.SetResult();
            await Call.WaitAsync(Token);
        }

        public async Task FailAsync()
        {
            Ending.SetException(new HttpRequestException());
            await Record.ExceptionAsync(() => Call.WaitAsync(Token));
        }
    }
}

/// <summary>A clock whose wall face can be set back by hand, as people and NTP do, while its time stamps go on.</summary>
internal sealed class SteppedTime : TimeProvider
{
    private readonly FakeTimeProvider _steady = new();
    private TimeSpan _back;

    public override long TimestampFrequency => _steady.TimestampFrequency;

    public override long GetTimestamp() => _steady.GetTimestamp();

    public override DateTimeOffset GetUtcNow() => _steady.GetUtcNow() - _back;

    public void Advance(TimeSpan duration) => _steady.Advance(duration);

    public void SetTheWallClockBack(TimeSpan by) => _back += by;
}
