using System.Net;
using System.Net.Http.Json;
using Dapper;
using Inventory.Reservations;
using Npgsql;
using StackExchange.Redis;
using Xunit;

namespace Services.Tests.Inventory;

/// <summary>Inventory on a database of its own.</summary>
public sealed class InventoryHost(Stores stores) : IAsyncLifetime
{
    private ServiceHost<ReservationStore>? _host;

    internal ServiceHost<ReservationStore> Host => _host!;

    internal HttpClient Http { get; private set; } = null!;

    internal string OwnerConnectionString { get; private set; } = "";

    /// <summary>Gets a way into the database as its owner, for what no client may do.</summary>
    internal NpgsqlDataSource Owner { get; private set; } = null!;

    internal string Redis { get; private set; } = "";

    public async ValueTask InitializeAsync()
    {
        (OwnerConnectionString, Redis) = await stores.CreateAsync();
        Owner = NpgsqlDataSource.Create(OwnerConnectionString);
        _host = Start(OwnerConnectionString, Redis);
        await _host.StartAsync();
        Http = _host.CreateClient();
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await Host.DisposeAsync();
        await Owner.DisposeAsync();
    }

    internal static ServiceHost<ReservationStore> Start(string database, string redis, params (string Key, string Value)[] settings) => new(
        new Dictionary<string, string>(settings.Select(static setting => new KeyValuePair<string, string>(setting.Key, setting.Value)))
        {
            ["ConnectionStrings:inventorydb"] = database,
            ["ConnectionStrings:cache"] = redis,
        });

    /// <summary>Puts a wire before PostgreSQL.</summary>
    internal static Wire WireTo(NpgsqlConnectionStringBuilder server, out string connectionString)
    {
        var wire = new Wire(server.Host!, server.Port);
        (server.Host, server.Port) = ("127.0.0.1", wire.Port);
        connectionString = server.ConnectionString;
        return wire;
    }

    /// <summary>Puts a wire before Redis.</summary>
    internal static Wire WireTo(string redis, out string connectionString)
    {
        var options = ConfigurationOptions.Parse(redis);
        var server = (DnsEndPoint)options.EndPoints[0];
        var wire = new Wire(server.Host, server.Port);
        options.EndPoints.Clear();
        options.EndPoints.Add("127.0.0.1", wire.Port);
        connectionString = options.ToString(includePassword: true);
        return wire;
    }

    /// <summary>Asserts that every unit of stock is somewhere, and that the ledger says so, too.</summary>
    internal async Task AssertConservedAsync()
    {
        await using var connection = await Owner.OpenConnectionAsync();
        Assert.Empty(await connection.QueryAsync<string>(
            """
            select s.sku from stock s join (
                select sku, sum(available_delta) as available, sum(reserved_delta) as reserved, sum(sold_delta) as sold from stock_ledger group by sku
            ) l using (sku)
            where (s.available, s.reserved, s.sold) <> (l.available, l.reserved, l.sold) or s.initial + s.restocked <> s.available + s.reserved + s.sold
            """));
    }

    internal Task<HttpResponseMessage> ReserveAsync(Guid order, params (string Sku, long Quantity)[] lines) => Http.PutAsJsonAsync(
        $"/reservations/{order}",
        new { lines = lines.Select(static line => new { sku = line.Sku, quantity = line.Quantity }) },
        TestContext.Current.CancellationToken);

    internal Task<HttpResponseMessage> ConfirmAsync(Guid order) =>
        Http.PostAsync($"/reservations/{order}/confirm", content: null, TestContext.Current.CancellationToken);

    internal Task<HttpResponseMessage> ReleaseAsync(Guid order) =>
        Http.PostAsync($"/reservations/{order}/release", content: null, TestContext.Current.CancellationToken);

    /// <summary>Makes the reservation look as if it was made an hour ago.</summary>
    internal Task OverdueAsync(Guid order) => ExecuteAsync("update reservations set expires_at = now() - interval '1 h' where order_id = @order", new { order });

    /// <summary>Leaves so many of a product.</summary>
    internal Task StockAsync(string sku, long available) => ExecuteAsync(
        """
        with before as (
            select available from stock where sku = @sku for update
        ),
        entry as (
            insert into stock_ledger (ref, sku, reason, available_delta, reserved_delta, sold_delta)
            select gen_random_uuid(), @sku, 'restock', @available - available, 0, 0 from before
        )
        update stock s set initial = s.initial + (@available - b.available), available = @available from before b where s.sku = @sku
        """,
        new { sku, available });

    internal async Task<StockNow> StockOfAsync(string sku)
    {
        await using var connection = await Owner.OpenConnectionAsync();
        return await connection.QuerySingleAsync<StockNow>("select available, reserved, sold from stock where sku = @sku", new { sku });
    }

    internal async Task ExecuteAsync(string sql, object? parameters = null)
    {
        await using var connection = await Owner.OpenConnectionAsync();
        await connection.ExecuteAsync(sql, parameters);
    }

    internal sealed record StockNow(long Available, long Reserved, long Sold);
}
