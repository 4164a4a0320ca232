using StackExchange.Redis;
using Xunit;

namespace Resilience.Redis.Tests.Servers;

/// <summary>A fleet's leases on a real server.</summary>
/// <typeparam name="TServer">Which.</typeparam>
public abstract class RecoveryLeaseSpecification<TServer>(TServer server) : IAsyncLifetime
    where TServer : Server
{
    private static readonly TimeSpan _long = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan _short = TimeSpan.FromSeconds(1);

    private readonly string _fleet = "leased:" + Guid.NewGuid();
    private ConnectionMultiplexer? _redis;

    /// <inheritdoc />
    public async ValueTask InitializeAsync() => _redis = await server.ConnectAsync();

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await _redis!.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    [Theory]
    [InlineData(12, 0.25, 3)]
    [InlineData(12, 1.0, 12)]
    [InlineData(10, 0.3, 3)]
    [InlineData(2, 0.25, 1)]
    [InlineData(1, 0.01, 1)]
    public async Task All_at_once_as_many_have_one_as_their_share_allows(int instances, double share, int most)
    {
        var fleet = await FleetAsync(instances);

        var taken = await Task.WhenAll(fleet.Select(instance => TakeAsync(instance, share)));
        Assert.Equal(most, taken.Count(static lease => lease is not null));

        // Each that is given back is somebody's again, and no more than that.
        await taken.First(static lease => lease is not null)!.DisposeAsync();
        var again = await Task.WhenAll(fleet.Select(instance => TakeAsync(instance, share)));
        Assert.Equal(1, again.Count(static lease => lease is not null));
    }

    [Fact]
    public async Task Given_back_twice_it_is_given_back_once()
    {
        var fleet = await FleetAsync(8);
        var first = (await TakeAsync(fleet[0], share: 0.25))!;
        await first.DisposeAsync();
        Assert.NotNull(await TakeAsync(fleet[1], share: 0.25));
        Assert.NotNull(await TakeAsync(fleet[2], share: 0.25));

        await first.DisposeAsync();

        Assert.Null(await TakeAsync(fleet[3], share: 0.25));
    }

    [Fact]
    public async Task A_holder_that_is_gone_keeps_nobody_from_it_for_longer_than_it_holds()
    {
        var fleet = await FleetAsync(2);
        Assert.NotNull(await TakeAsync(fleet[0], share: 0.25, _short));
        Assert.Null(await TakeAsync(fleet[1], share: 0.25, _short));

        await Task.Delay(_short + TimeSpan.FromMilliseconds(50), TestContext.Current.CancellationToken);

        Assert.NotNull(await TakeAsync(fleet[1], share: 0.25, _short));
    }

    [Fact]
    public async Task Who_left_does_not_count()
    {
        var fleet = await FleetAsync(8);

        await fleet[7].DisposeAsync(); // of seven, a quarter is one

        Assert.NotNull(await TakeAsync(fleet[0], share: 0.25));
        Assert.Null(await TakeAsync(fleet[1], share: 0.25));
    }

    [Fact]
    public async Task Who_is_silent_for_too_long_does_not_count()
    {
        await FleetAsync(8);
        await Task.Delay(_short + TimeSpan.FromMilliseconds(50), TestContext.Current.CancellationToken);

        var late = (await FleetAsync(1, counts: _short))[0];

        Assert.NotNull(await TakeAsync(late, share: 0.5));
        Assert.Null(await TakeAsync(late, share: 0.5)); // half of nine would be four
    }

    [Fact]
    public async Task A_server_that_is_away_gives_none_and_says_so_at_once_and_one_that_was_emptied_gives_them_again()
    {
        var alone = (await FleetAsync(1))[0];
        Assert.NotNull(await TakeAsync(alone, share: 1));
        Assert.Null(await TakeAsync(alone, share: 1));

        await _redis!.GetDatabase().ExecuteAsync("FLUSHALL");
        Assert.NotNull(await TakeAsync(alone, share: 1));

        await _redis.CloseAsync();
        await Assert.ThrowsAnyAsync<Exception>(() => TakeAsync(alone, share: 1)); // which is no lease, to who asks
    }

    [Fact]
    public async Task An_instance_that_has_begun_counts_without_asking()
    {
        await using var quiet = new RedisRecoveryLease(_redis!, _fleet, "quiet");
        quiet.Start();
        await using var asking = new RedisRecoveryLease(_redis!, _fleet, "asking");
        var patience = DateTime.UtcNow.AddSeconds(20);
        while (await _redis!.GetDatabase().SortedSetLengthAsync("{resilience}:instances:" + _fleet) < 1)
        {
            Assert.True(DateTime.UtcNow < patience, "It never counted.");
        }

        Assert.NotNull(await TakeAsync(asking, share: 1));
        Assert.NotNull(await TakeAsync(asking, share: 1)); // two instances, two leases
        Assert.Null(await TakeAsync(asking, share: 1));
    }

    private static async Task<IAsyncDisposable?> TakeAsync(RedisRecoveryLease instance, double share, TimeSpan? holds = null) =>
        await instance.TryAcquireAsync(new("orders", "restart", share, holds ?? _long), TestContext.Current.CancellationToken);

    // All of them have been seen: by asking for a share so small that only one gets it, who gives it back.
    private async Task<IReadOnlyList<RedisRecoveryLease>> FleetAsync(int instances, TimeSpan? counts = null)
    {
        var start = Guid.NewGuid();
        RedisRecoveryLease[] fleet = [.. Enumerable.Range(0, instances).Select(number => new RedisRecoveryLease(_redis!, _fleet, $"{start}/{number}", null, counts ?? _long))];
        foreach (var instance in fleet)
        {
            if (await TakeAsync(instance, share: 0.000_001) is { } lease)
            {
                await lease.DisposeAsync();
            }
        }

        return fleet;
    }
}

[Collection(nameof(GarnetServer))]
public sealed class GarnetRecoveryLeaseTests(GarnetServer server) : RecoveryLeaseSpecification<GarnetServer>(server);

[Collection(nameof(RealRedisServer))]
public sealed class RealRedisRecoveryLeaseTests(RealRedisServer server) : RecoveryLeaseSpecification<RealRedisServer>(server);
