using Polly;
using Resilience.Timeouts;
using Xunit;

namespace Resilience.Tests.Timeouts;

/// <summary>The code that the pattern's page quotes.</summary>
public sealed class OperationTimeoutExampleTests
{
    private static CancellationToken CancellationToken => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_pipeline()
    {
        var pipeline = new ResiliencePipelineBuilder()
            .AddOperationTimeout(new OperationTimeoutStrategyOptions
            {
                Name = "inventory.reserve",
                Timeout = TimeSpan.FromSeconds(2),
                Mode = TimeoutMode.Abandon,
                Adaptive = new() { Minimum = TimeSpan.FromMilliseconds(100), Maximum = TimeSpan.FromSeconds(5) },
            })
            .Build();

        Assert.Equal(3, await pipeline.ExecuteAsync(static token => CountAsync("tea", token), CancellationToken));
    }

    [Fact]
    public async Task A_time_out_that_stands_alone_and_one_that_is_a_scope()
    {
        var timeout = new OperationTimeout("inventory.count", new() { Timeout = TimeSpan.FromSeconds(2) });

        var stock = await timeout.ExecuteAsync(static (sku, token) => CountAsync(sku, token), "tea", CancellationToken);

        using var scope = timeout.Begin(CancellationToken);
        try
        {
            stock += await CountAsync("milk", scope.Token);
        }
        catch (OperationCanceledException exception) when (scope.HasTimedOut)
        {
            throw scope.TimedOut(exception);
        }

        Assert.Equal(7, stock);
    }

    private static ValueTask<int> CountAsync(string sku, CancellationToken cancellationToken) => new(cancellationToken.IsCancellationRequested ? 0 : sku.Length);
}
