using System.Threading.RateLimiting;
using Resilience.Bulkheads;
using Xunit;

namespace Resilience.Tests.Bulkheads;

public sealed class BulkheadRateLimiterTests : IDisposable
{
    private readonly Bulkhead _bulkhead = new("inventory", new BulkheadOptions { MaxConcurrency = 1, MaxQueue = 1 });

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _bulkhead.Dispose();

    [Fact]
    public async Task A_bulkhead_serves_where_a_rate_limiter_is_asked_for()
    {
        await using var limiter = new BulkheadRateLimiter(_bulkhead, ownsBulkhead: true);

        var lease = await limiter.AcquireAsync(1, Token);
        var waiting = limiter.AcquireAsync(1, Token);
        using var refused = await limiter.AcquireAsync(1, Token);
        Assert.Equal((0L, 1L), (limiter.GetStatistics().CurrentAvailablePermits, limiter.GetStatistics().CurrentQueuedCount));
        Assert.Null(limiter.IdleDuration);
        lease.Dispose();
        lease.Dispose();
        using var second = await waiting;

        Assert.True(second.IsAcquired);
        Assert.False(refused.IsAcquired);
        Assert.True(refused.TryGetMetadata(MetadataName.ReasonPhrase, out var reason));
        Assert.Equal("queue_full", reason);
        Assert.Equal((2L, 1L), (limiter.GetStatistics().TotalSuccessfulLeases, limiter.GetStatistics().TotalFailedLeases));
    }

    [Fact]
    public void Pitfall_weighted_permits_are_refused_clearly_since_the_bulkhead_has_none()
    {
        using var limiter = new BulkheadRateLimiter(_bulkhead, ownsBulkhead: true);

        var refusal = Assert.Throws<ArgumentOutOfRangeException>(() => limiter.AttemptAcquire(2));

        Assert.StartsWith("A bulkhead's permits are not weighed: ask for 1, or for 0 to see whether one is free.", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Asking_for_none_tells_whether_one_is_free()
    {
        using var limiter = new BulkheadRateLimiter(_bulkhead, ownsBulkhead: true);
        Assert.True(limiter.AttemptAcquire(0).IsAcquired);

        using var lease = limiter.AttemptAcquire(1);

        Assert.True(lease.IsAcquired);
        Assert.False(limiter.AttemptAcquire(0).IsAcquired);
    }

    [Fact]
    public async Task A_cancelled_request_throws_as_the_BCLs_limiters_do()
    {
        await using var limiter = new BulkheadRateLimiter(_bulkhead, ownsBulkhead: true);
        using var lease = limiter.AttemptAcquire();
        using var cancellation = new CancellationTokenSource();
        var waiting = limiter.AcquireAsync(1, cancellation.Token);

        await cancellation.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await waiting);
    }
}
