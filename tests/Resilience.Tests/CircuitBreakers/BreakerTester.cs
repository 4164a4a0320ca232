using System.Threading.Channels;
using Microsoft.Extensions.Time.Testing;
using Resilience.CircuitBreakers;
using Resilience.Outcomes;
using Xunit;

namespace Resilience.Tests.CircuitBreakers;

/// <summary>A breaker with its clock in hand, and options under which arithmetic is easy: bare ratios, no jitter, one probe, no ramp.</summary>
public sealed class BreakerTester
{
    private readonly Channel<CircuitTransition> _transitions = Channel.CreateUnbounded<CircuitTransition>();

    public BreakerTester(Action<CircuitBreakerOptions>? configure = null)
    {
        Options = new()
        {
            Confidence = 0.5,
            MinimumThroughput = 2,
            BreakDuration = TimeSpan.FromSeconds(5),
            BreakJitter = 0,
            ProbeCount = 1,
            RequiredProbeSuccesses = 1,
            RampDuration = TimeSpan.Zero,
            OnTransition = transition => _transitions.Writer.TryWrite(transition),
        };
        configure?.Invoke(Options);
        Breaker = new("inventory", Options, Time);
    }

    public FakeTimeProvider Time { get; } = new();

    public CircuitBreakerOptions Options { get; }

    public CircuitBreaker Breaker { get; }

    public BreakerState State => Breaker.State;

    public void Pass(double seconds) => Time.Advance(TimeSpan.FromSeconds(seconds));

    /// <summary>Makes a call that takes no time.</summary>
    /// <returns>Whether it was let in.</returns>
    public bool Call(CallResult result, TimeSpan? retryAfter = null)
    {
        var passes = Breaker.TryEnter(out var token);
        if (passes)
        {
            Breaker.Exit(token, result, retryAfter);
        }

        return passes;
    }

    public int Call(CallResult result, int times) => Enumerable.Range(0, times).Count(_ => Call(result));

    /// <summary>Starts a call that must be let in.</summary>
    public CallToken Enter()
    {
        Assert.True(Breaker.TryEnter(out var token));
        return token;
    }

    public CircuitBreakerRejectedException Refused()
    {
        Assert.False(Breaker.TryEnter(out var token));
        return Breaker.Refusal(token);
    }

    /// <summary>Opens it by two failures.</summary>
    public void Open()
    {
        Call(CallResult.Failure, times: 2);
        Assert.Equal(BreakerState.Open, State);
    }

    public async Task<CircuitTransition> NextTransition() => await _transitions.Reader.ReadAsync(TestContext.Current.CancellationToken);

    public bool HasMoreTransitions => _transitions.Reader.Count > 0;
}
