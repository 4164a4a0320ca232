using Polly;
using Polly.CircuitBreaker;
using Polly.Timeout;
using Resilience.CircuitBreakers;
using Resilience.Outcomes;
using Xunit;

namespace Resilience.Tests.CircuitBreakers;

/// <summary>A breaker in a pipeline of Polly's.</summary>
public sealed class CircuitBreakerStrategyTests
{
    private readonly BreakerTester _tester = new();
    private readonly ResiliencePipeline _pipeline;

    public CircuitBreakerStrategyTests() => _pipeline = new ResiliencePipelineBuilder().AddAdvancedCircuitBreaker(_tester.Breaker).Build();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_refusal_names_the_breaker_its_state_and_the_time_and_is_caught_as_Pollys()
    {
        _tester.Open();
        _tester.Pass(seconds: 0.75);

        var refusal = await Assert.ThrowsAsync<CircuitBreakerRejectedException>(
            async () => await _pipeline.ExecuteAsync(static _ => ValueTask.CompletedTask, Token));

        Assert.IsAssignableFrom<BrokenCircuitException>(refusal);
        Assert.Equal(("inventory", BreakerState.Open, TimeSpan.FromSeconds(4.25)), (refusal.BreakerName, refusal.State, refusal.RetryAfter));
        Assert.Equal(
            "The call was not made: the circuit breaker inventory is open, because what it guards fails. Try again in 4.25 s, or do without.",
            refusal.Message);
    }

    [Theory]
    [InlineData(BreakerState.Isolated, "The call was not made: the circuit breaker a was isolated by somebody, and stays so until somebody closes it. Do without.")]
    [InlineData(BreakerState.HalfOpen, "The call was not made: the circuit breaker a is trying out with a few calls whether what it guards works again. Try again in 1.5 s, or do without.")]
    [InlineData(BreakerState.Ramping, "The call was not made: the circuit breaker a lets only a share of the calls through, since what it guards has just recovered. Try again in 1.5 s, or do without.")]
    public void A_refusal_says_why(BreakerState state, string message) => Assert.Equal(
        message, (state == BreakerState.Isolated ? new("a") : new CircuitBreakerRejectedException("a", state, TimeSpan.FromSeconds(1.5))).Message);

    [Fact]
    public void A_refusal_never_says_to_come_back_in_the_past() =>
        Assert.Equal(TimeSpan.Zero, new CircuitBreakerRejectedException("a", BreakerState.Open, TimeSpan.FromHours(-24)).RetryAfter);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Exceptions_open_it_whether_they_come_at_once_or_later(bool later)
    {
        for (var call = 0; call < 2; call++)
        {
            await Assert.ThrowsAsync<HttpRequestException>(async () => await _pipeline.ExecuteAsync(
                async _ =>
                {
                    if (later)
                    {
                        await Task.Yield();
                    }

                    throw new HttpRequestException();
                },
                Token));
        }

        Assert.Equal(BreakerState.Open, _tester.State);
    }

    [Fact]
    public async Task A_callback_that_throws_past_Polly_gives_its_lease_back()
    {
        _tester.Open();
        _tester.Pass(seconds: 5);
        var context = ResilienceContextPool.Shared.Get(Token);

        var outcome = await _pipeline.ExecuteOutcomeAsync<int, int>((_, _) => throw new HttpRequestException(), context, 0);

        Assert.IsType<HttpRequestException>(outcome.Exception);
        Assert.Equal(BreakerState.Open, _tester.State); // the probe failed, rather than hanging for ever
        ResilienceContextPool.Shared.Return(context);
    }

    [Fact]
    public async Task Who_cancelled_decides_what_a_cancellation_says()
    {
        using var callers = CancellationTokenSource.CreateLinkedTokenSource(Token);
        await callers.CancelAsync();
        for (var call = 0; call < 10; call++)
        {
            await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await _pipeline.ExecuteAsync(
                static token => ValueTask.FromException(new OperationCanceledException(token)), callers.Token));
        }

        Assert.Equal(0, _tester.Breaker.Snapshot().Calls);

        for (var call = 0; call < 2; call++)
        {
            await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await _pipeline.ExecuteAsync(
                static _ => ValueTask.FromException(new OperationCanceledException()), Token)); // somebody's time-out, or a bug
        }

        Assert.Equal(BreakerState.Open, _tester.State);
    }

    [Fact]
    public async Task A_time_out_further_in_is_a_failure_and_a_refusal_further_in_is_nothing()
    {
        await Assert.ThrowsAsync<BrokenCircuitException>(async () => await _pipeline.ExecuteAsync(static _ => throw new BrokenCircuitException(), Token));
        await Assert.ThrowsAsync<TimeoutRejectedException>(async () => await _pipeline.ExecuteAsync(static _ => throw new TimeoutRejectedException(), Token));

        Assert.Equal((1, 1), (_tester.Breaker.Snapshot().Calls, _tester.Breaker.Snapshot().Failures));
    }

    [Fact]
    public async Task A_result_can_say_that_it_failed_or_that_it_asks_for_less()
    {
        var pipeline = new ResiliencePipelineBuilder<int>()
            .AddAdvancedCircuitBreaker(_tester.Breaker, static outcome => outcome.Result switch
            {
                503 => CallVerdict.Throttled(TimeSpan.FromSeconds(7)),
                >= 500 => CallVerdict.Failure,
                404 => CallVerdict.Neutral,
                _ => CallVerdict.Success,
            })
            .Build();

        foreach (var status in (int[])[200, 404, 500])
        {
            Assert.Equal(status, await pipeline.ExecuteAsync(_ => ValueTask.FromResult(status), Token));
        }

        Assert.Equal((2, 1), (_tester.Breaker.Snapshot().Calls, _tester.Breaker.Snapshot().Failures));
        await pipeline.ExecuteAsync(static _ => ValueTask.FromResult(503), Token);
        Assert.Equal(TimeSpan.FromSeconds(7), _tester.Refused().RetryAfter);
    }

    [Fact]
    public async Task A_rule_that_throws_leaves_the_decision_to_the_built_in_one()
    {
        var pipeline = new ResiliencePipelineBuilder<int>()
            .AddAdvancedCircuitBreaker(_tester.Breaker, static _ => throw new InvalidOperationException("in the rule"))
            .Build();

        Assert.Equal(1, await pipeline.ExecuteAsync(static _ => ValueTask.FromResult(1), Token));
        await Assert.ThrowsAsync<HttpRequestException>(async () => await pipeline.ExecuteAsync(Fail, Token));

        Assert.Equal((2, 1), (_tester.Breaker.Snapshot().Calls, _tester.Breaker.Snapshot().Failures));
    }

    [Fact]
    public async Task A_plain_breaker_guards_a_call_without_any_pipeline()
    {
        var breaker = new CircuitBreaker("inventory", new()
        {
            ConsecutiveFailures = 1,
            ClassifyException = static exception => exception is InvalidDataException ? CallVerdict.Neutral : CallVerdict.Failure,
        });

        Assert.Equal(42, await breaker.ExecuteAsync(AnswerLater, Token));
        await Assert.ThrowsAsync<InvalidDataException>(async () => await breaker.ExecuteAsync(static _ => throw new InvalidDataException(), Token));
        Assert.Equal(BreakerState.Closed, breaker.State);

        await Assert.ThrowsAsync<HttpRequestException>(async () => await breaker.ExecuteAsync(static _ => throw new HttpRequestException(), Token));
        await Assert.ThrowsAsync<CircuitBreakerRejectedException>(async () => await breaker.ExecuteAsync(static _ => ValueTask.CompletedTask, Token));
    }

    [Fact]
    public void A_breaker_is_called_as_its_pipeline_unless_it_has_a_name_of_its_own()
    {
        var names = new List<string>();
        foreach (var options in (CircuitBreakerOptions<int>[])[new(), new() { Name = "own" }])
        {
            options.ConsecutiveFailures = 1;
            var pipeline = new ResiliencePipelineBuilder<int> { Name = "orders" }.AddAdvancedCircuitBreaker(options).Build();
            Assert.Throws<HttpRequestException>(() => pipeline.Execute(static int () => throw new HttpRequestException()));
            names.Add(Assert.Throws<CircuitBreakerRejectedException>(() => pipeline.Execute(static () => 1)).BreakerName);
        }

        Assert.Equal(["orders", "own"], names);
    }

    [Fact]
    public async Task An_inner_refusal_never_uses_up_a_probe()
    {
        _tester.Open();
        _tester.Pass(seconds: 5);
        await Assert.ThrowsAsync<BrokenCircuitException>(async () => await _pipeline.ExecuteAsync(static _ => throw new BrokenCircuitException(), Token));

        Assert.Equal((BreakerState.HalfOpen, 0), (_tester.State, _tester.Breaker.Snapshot().ProbesUnderWay));
        Assert.True(_tester.Call(CallResult.Success));
    }

    [Fact]
    public async Task Options_may_be_written_in_place_for_any_result_or_for_one()
    {
        var any = new ResiliencePipelineBuilder().AddAdvancedCircuitBreaker(new() { ConsecutiveFailures = 5 }).Build();
        var one = new ResiliencePipelineBuilder<int>().AddAdvancedCircuitBreaker(new() { ConsecutiveFailures = 5 }).Build();

        Assert.Equal(42, await any.ExecuteAsync(AnswerLater, Token) & await one.ExecuteAsync(AnswerLater, Token));
    }

    [Fact]
    public async Task One_pipeline_can_choose_among_breakers_for_each_call()
    {
        var (other, broken) = (new BreakerTester(), _tester);
        broken.Open();
        var healthy = new ResiliencePropertyKey<bool>("healthy");
        var pipeline = new ResiliencePipelineBuilder<int>()
            .AddAdvancedCircuitBreaker(context => context.Properties.GetValue(healthy, false) ? other.Breaker : broken.Breaker)
            .Build();
        var context = ResilienceContextPool.Shared.Get(Token);

        Assert.IsType<CircuitBreakerRejectedException>((await pipeline.ExecuteOutcomeAsync(static (_, _) => Outcome.FromResultAsValueTask(1), context, 0)).Exception);
        context.Properties.Set(healthy, true);
        Assert.Equal(1, (await pipeline.ExecuteOutcomeAsync(static (_, _) => Outcome.FromResultAsValueTask(1), context, 0)).Result);

        Assert.Equal(1, other.Breaker.Snapshot().Calls);
        ResilienceContextPool.Shared.Return(context);
    }

    private static async ValueTask<int> AnswerLater(CancellationToken cancellationToken)
    {
        await Task.Yield();
        return 42;
    }

    private static ValueTask<int> Fail(CancellationToken cancellationToken) => throw new HttpRequestException();
}
