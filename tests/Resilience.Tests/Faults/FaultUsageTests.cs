using Polly;
using Polly.Retry;
using Resilience.Faults;
using Xunit;

namespace Resilience.Tests.Faults;

/// <summary>What the folder's page shows.</summary>
public sealed class FaultUsageTests
{
    [Fact]
    public async Task A_retry_is_tried_out()
    {
        var token = TestContext.Current.CancellationToken;
        var calls = 0;
        ValueTask<string> AskAsync(CancellationToken cancellationToken)
        {
            calls++;
            return ValueTask.FromResult("tea");
        }

        using var governor = new FaultGovernor();
        var pipeline = new ResiliencePipelineBuilder<string>()
            .AddRetry(new RetryStrategyOptions<string> { Delay = TimeSpan.Zero })
            .AddFaults(governor, "inventory") // innermost: where the call would be
            .Build();

        governor.Set("two-in-a-row", new FaultSpec { Kind = FaultKind.Exception, Client = "inventory", MaxInjections = 2 });
        var answer = await pipeline.ExecuteAsync(AskAsync, token);

        Assert.Equal(("tea", 1), (answer, calls));
        Assert.Equal(2, Assert.Single(governor.ListEnded()).Injected);
    }
}
