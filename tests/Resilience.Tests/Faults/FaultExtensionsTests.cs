using Microsoft.Extensions.Time.Testing;
using Polly;
using Resilience.Faults;
using Resilience.Timeouts;
using Xunit;

namespace Resilience.Tests.Faults;

public sealed class FaultExtensionsTests : IDisposable
{
    private readonly FakeTimeProvider _clock = new();
    private readonly FaultGovernor _governor;
    private int _calls;

    public FaultExtensionsTests() => _governor = new(time: _clock);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Without_a_fault_a_call_is_what_it_is()
    {
        Assert.Equal("done", await CallAsync(Build()));
    }

    [Fact]
    public async Task Latency_comes_before_the_call()
    {
        _governor.Set("slow", new() { Kind = FaultKind.Latency, Client = "store", Latency = TimeSpan.FromSeconds(3) });

        var call = CallAsync(Build());
        _clock.Advance(TimeSpan.FromSeconds(2.9));
        Assert.False(call.IsCompleted);
        Assert.Equal(0, _calls);
        _clock.Advance(TimeSpan.FromSeconds(0.1));

        Assert.Equal("done", await call);
    }

    [Fact]
    public async Task An_answer_or_an_exception_comes_instead_of_the_call()
    {
        var pipeline = Build();
        _governor.Set("f", new() { Kind = FaultKind.Status, Client = "store", Status = 418 });
        Assert.Equal("418 by f", await CallAsync(pipeline));

        _governor.Set("f", new() { Kind = FaultKind.Exception, Client = "store" });
        var failure = await Assert.ThrowsAsync<InjectedFaultException>(() => CallAsync(pipeline));
        Assert.Equal("The fault 'f' made this call fail on purpose. End it with DELETE /faults/f, or wait until its time is over.", failure.Message);
        Assert.Equal(0, _calls);

        _governor.Remove("f");
        Assert.Equal("done", await CallAsync(pipeline));
    }

    [Fact]
    public async Task A_timeout_learns_nothing_from_calls_that_were_made_slow_on_purpose()
    {
        var timeout = new OperationTimeout(
            "store",
            new() { Timeout = TimeSpan.FromSeconds(10), Adaptive = new() { Minimum = TimeSpan.FromMilliseconds(100), Maximum = TimeSpan.FromSeconds(10), MinimumSamples = 50 } },
            _clock);
        var pipeline = new ResiliencePipelineBuilder<string> { TimeProvider = _clock }.AddOperationTimeout(timeout).AddFaults(_governor, "store").Build();
        async Task CallsAsync(int calls)
        {
            for (var i = 0; i < calls; i++)
            {
                var call = CallAsync(pipeline);
                _clock.Advance(TimeSpan.FromSeconds(5));
                await call;
            }
        }

        _governor.Set("slow", new() { Kind = FaultKind.Latency, Client = "store", Latency = TimeSpan.FromSeconds(5), TimeToLive = TimeSpan.FromMinutes(10) });
        await CallsAsync(60);
        Assert.False(timeout.Snapshot().IsLearnt);

        _governor.Clear();
        await CallsAsync(60);
        Assert.True(timeout.Snapshot().IsLearnt); // so it could have
    }

    public void Dispose() => _governor.Dispose();

    private ResiliencePipeline<string> Build() =>
        new ResiliencePipelineBuilder<string> { TimeProvider = _clock }.AddFaults(_governor, "store", static hit => $"{hit.Spec.Status} by {hit.Name}").Build();

    private Task<string> CallAsync(ResiliencePipeline<string> pipeline) => pipeline.ExecuteAsync(
        _ =>
        {
            _calls++;
            return ValueTask.FromResult("done");
        },
        Token).AsTask();
}
