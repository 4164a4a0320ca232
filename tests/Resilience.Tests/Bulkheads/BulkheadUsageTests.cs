using System.Threading.RateLimiting;
using Polly;
using Resilience.Bulkheads;
using Xunit;

namespace Resilience.Tests.Bulkheads;

/// <summary>What the pattern's page shows, run.</summary>
public sealed class BulkheadUsageTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task By_itself()
    {
        var cancellationToken = Token;

        using var bulkhead = new Bulkhead("inventory", new BulkheadOptions { MaxConcurrency = 16, MaxQueue = 32 });

        using (await bulkhead.AcquireAsync(cancellationToken))
        {
            await CallInventoryAsync(cancellationToken);
        }

        var stock = await bulkhead.ExecuteAsync(CallInventoryAsync, cancellationToken);
        var (inUse, refused) = (bulkhead.Snapshot().InUse, bulkhead.Snapshot().Rejected);

        Assert.Equal((7, 0, 0L), (stock, inUse, refused));
    }

    [Fact]
    public async Task In_a_pipeline()
    {
        var pipeline = new ResiliencePipelineBuilder()
            .AddBulkhead(new BulkheadOptions
            {
                Name = "inventory",
                MaxConcurrency = 16,
                MaxQueue = 32,
                QueueOrder = BulkheadQueueOrder.Priority,
                PrioritySelector = static context => context.OperationKey == "checkout" ? Bulkhead.HighestPriority : Bulkhead.NormalPriority,
                MaxQueueTime = TimeSpan.FromMilliseconds(200),
            })
            .Build();

        Assert.Equal(7, await pipeline.ExecuteAsync(CallInventoryAsync, Token));
    }

    [Fact]
    public async Task As_a_rate_limiter()
    {
        using var bulkhead = new Bulkhead("inventory", new BulkheadOptions { MaxConcurrency = 16 });

        using RateLimiter limiter = new BulkheadRateLimiter(bulkhead, ownsBulkhead: false);
        using var lease = await limiter.AcquireAsync(permitCount: 1, Token);

        Assert.True(lease.IsAcquired);
    }

    [Fact]
    public async Task On_threads()
    {
        var cancellationToken = Token;

        await using var legacy = new ThreadBulkhead("legacy", new ThreadBulkheadOptions { Threads = 4, QueueCapacity = 64, InterruptOnCancellation = true });

        var report = await legacy.ExecuteAsync(static token => PrintReport(token), cancellationToken);

        Assert.Equal("printed", report);
    }

    private static ValueTask<int> CallInventoryAsync(CancellationToken cancellationToken) => ValueTask.FromResult(7);

    private static string PrintReport(CancellationToken cancellationToken) => "printed";
}
