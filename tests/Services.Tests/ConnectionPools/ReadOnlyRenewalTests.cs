using Dapper;
using Npgsql;
using Resilience.ConnectionPools;
using Xunit;

namespace Services.Tests.ConnectionPools;

/// <summary>Sessions that were begun while their database took no writes refuse them for good; the pool doesn't keep them for as long.</summary>
public sealed class ReadOnlyRenewalTests(Stores stores) : IAsyncLifetime
{
    private NpgsqlConnection _owner = null!;
    private string _address = "";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _address = (await stores.CreateAsync()).Postgres;
        _owner = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(_address) { Pooling = false }.ConnectionString);
        await _owner.OpenAsync(Token);
        await _owner.ExecuteAsync("create table orders (id int)");
    }

    public ValueTask DisposeAsync() => _owner.DisposeAsync();

    [Fact]
    public async Task A_write_that_is_refused_has_all_sessions_made_anew()
    {
        await SetReadOnlyAsync("on");
        await using var source = PooledPostgres.Source(_address, static pool => pool.MaxSize = 3);
        await using (await source.OpenConnectionAsync(Token))
        {
            await using var second = await source.OpenConnectionAsync(Token);
            await using var third = await source.OpenConnectionAsync(Token);
        }

        await SetReadOnlyAsync("off");

        Assert.False(await TryWriteAsync(source));
        for (var write = 0; write < 6; write++)
        {
            Assert.True(await TryWriteAsync(source)); // no session of before is lent any more
        }
    }

    [Fact]
    public async Task A_database_that_only_reads_is_not_connected_to_for_each_write()
    {
        await SetReadOnlyAsync("on");
        await using var source = PooledPostgres.Source(_address, readOnlyRenewal: TimeSpan.FromHours(1));

        for (var write = 0; write < 10; write++)
        {
            Assert.False(await TryWriteAsync(source));
        }

        Assert.Equal(2, source.Pool.Snapshot().Created);
    }

    private static async Task<bool> TryWriteAsync(PooledDataSource source)
    {
        try
        {
            await using var connection = await source.OpenConnectionAsync(Token);
            return await connection.ExecuteAsync("insert into orders values (1)") == 1;
        }
        catch (PostgresException refusal) when (refusal.SqlState == PostgresErrorCodes.ReadOnlySqlTransaction)
        {
            return false;
        }
    }

    private Task<int> SetReadOnlyAsync(string value) => _owner.ExecuteAsync($"alter database \"{_owner.Database}\" set default_transaction_read_only = {value}");
}
