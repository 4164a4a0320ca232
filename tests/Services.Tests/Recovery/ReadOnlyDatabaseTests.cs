using System.Diagnostics;
using System.Net;
using Dapper;
using Inventory.Reservations;
using Lab.Conservation;
using Lab.Journals;
using Npgsql;
using Orders;
using Services.Tests.Inventory;
using Services.Tests.Orders;
using Xunit;

namespace Services.Tests.Recovery;

/// <summary>
/// Experiment: a database takes no writes for a while, as after a failover that isn't through, or on a disk that is full.
/// </summary>
/// <remarks>
/// <list type="bullet">
/// <item>Steady state: orders, with the real inventory, confirms an order at once.</item>
/// <item>Injection: <c>default_transaction_read_only</c> for the database, and its service's sessions are ended; later it is taken back, and no session is.</item>
/// <item>Hypothesis: reads go on; a write is a 503 that names the dependency, and an order is accepted where inventory's database is the one; nobody restarts anything, and writes
/// work again one renewal of the pool after the database takes them; every order is there once, and the stock adds up.</item>
/// <item>Reach: this test's own two databases.</item>
/// </list>
/// </remarks>
public sealed class ReadOnlyDatabaseTests(OrdersHost orders, InventoryHost inventory, ITestOutputHelper output)
    : IClassFixture<OrdersHost>, IClassFixture<InventoryHost>, IAsyncLifetime
{
    private const int Writes = 12;
    private static readonly TimeSpan _healWithin = TimeSpan.FromSeconds(10); // a renewal is 1 s, a connect at most 2 s; the rest is a slow machine's

    private ServiceHost<OrderStore> _host = null!;
    private HttpClient _http = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _host = OrdersHost.Start(orders.OwnerConnectionString, inventory.Host.Server.CreateHandler());
        await _host.StartAsync();
        _http = _host.CreateClient();
        using var steady = await PlaceAsync(OrdersHost.NewKey);
        Assert.Equal(HttpStatusCode.Created, steady.StatusCode);
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _host.DisposeAsync();
    }

    [Fact]
    public async Task Orders_database_only_reads()
    {
        using var placed = await PlaceAsync(OrdersHost.NewKey);
        var order = placed.Headers.Location!.OriginalString;
        string[] keys = [.. Enumerable.Range(0, Writes).Select(static _ => OrdersHost.NewKey)];
        await using var outage = await ReadOnlyDatabase.BeginAsync(orders.OwnerConnectionString, "orders_service");

        foreach (var key in keys)
        {
            using var refused = await PlaceAsync(key);
            await AssertNamesItsDatabaseAsync(refused);
            using var read = await orders.GetAsync(order);
            Assert.Equal(HttpStatusCode.OK, read.StatusCode);
        }

        await outage.EndAsync();
        var healed = await UntilServedAsync(() => PlaceAsync(keys[0]));
        foreach (var key in keys)
        {
            using var again = await PlaceAsync(key);
            Assert.Equal(HttpStatusCode.Created, again.StatusCode);
        }

        output.WriteLine($"Orders' database only read: {Writes} orders were a 503, as many reads a 200; written again {healed.TotalSeconds:F2} s after it took writes.");
        Assert.Equal(Writes, await CountOfAsync(keys));
        await AssertConservedAsync();
    }

    [Fact]
    public async Task Inventorys_database_only_reads()
    {
        string[] keys = [.. Enumerable.Range(0, Writes).Select(static _ => OrdersHost.NewKey)];
        await using var outage = await ReadOnlyDatabase.BeginAsync(inventory.OwnerConnectionString, "inventory_service");

        using var refused = await inventory.ReserveAsync(Guid.NewGuid(), ("SKU-0001", 1));
        await AssertNamesItsDatabaseAsync(refused);
        await Task.WhenAll(keys.Select(async (key, number) =>
        {
            using var accepted = await PlaceAsync(key);
            using var read = await inventory.Http.GetAsync($"/products/SKU-03{number:D2}", Token);
            Assert.Equal((HttpStatusCode.Accepted, HttpStatusCode.OK), (accepted.StatusCode, read.StatusCode));
        }));

        await outage.EndAsync();
        var healed = await UntilServedAsync(() => inventory.ReserveAsync(Guid.NewGuid(), ("SKU-0001", 1)));
        await RelayUntilAtRestAsync();

        output.WriteLine($"Inventory's database only read: {Writes} orders were accepted, as many reads a 200; stock moved again {healed.TotalSeconds:F2} s after it took writes.");
        Assert.Equal(Writes, await orders.CountAsync(
            "select count(*) from idempotency_keys k join orders o on o.id = k.order_id where k.key = any(@keys) and o.status = 'Confirmed'", new { keys }));
        await AssertConservedAsync();
    }

    private Task<HttpResponseMessage> PlaceAsync(string key) => orders.PlaceAsync(key, OrdersHost.Body(("SKU-0001", 1), ("SKU-0002", 2)), _http);

    private Task<long> CountOfAsync(string[] keys) =>
        orders.CountAsync("select count(distinct order_id) from idempotency_keys where key = any(@keys)", new { keys });

    private static async Task AssertNamesItsDatabaseAsync(HttpResponseMessage reply)
    {
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "dependency_unavailable"), (reply.StatusCode, await reply.CodeAsync()));
        var problem = await reply.JsonAsync();
        Assert.Equal(("postgres", true), (problem.Text("dependency"), problem.GetProperty("retryable").GetBoolean()));
        Assert.NotNull(reply.Headers.RetryAfter); // so no caller's breaker takes the service for broken
    }

    private static async Task<TimeSpan> UntilServedAsync(Func<Task<HttpResponseMessage>> ask)
    {
        var began = Stopwatch.GetTimestamp();
        while (true)
        {
            using var reply = await ask();
            if (reply.IsSuccessStatusCode)
            {
                return Stopwatch.GetElapsedTime(began);
            }

            Assert.Equal(HttpStatusCode.ServiceUnavailable, reply.StatusCode);
            Assert.True(Stopwatch.GetElapsedTime(began) < _healWithin, "It still refuses writes.");
            await Task.Delay(TimeSpan.FromMilliseconds(50), Token);
        }
    }

    // A batch after another; each takes what is due.
    private async Task RelayUntilAtRestAsync()
    {
        var began = Stopwatch.GetTimestamp();
        while (await orders.CountAsync("select count(*) from outbox") > 0)
        {
            Assert.True(Stopwatch.GetElapsedTime(began) < _healWithin, "Orders that were accepted don't settle.");
            await orders.RelayAsync(_host);
        }
    }

    private async Task AssertConservedAsync()
    {
        await inventory.ExecuteAsync("update reservations set expires_at = now() - interval '1 h' where status = 'Held'"); // the test's own, which no order knows
        await inventory.Host.RunAsync<ReservationSweeper>();
        Assert.Empty(ConservationCheck.Run(await new ShopStateReader(inventory.Owner, orders.Owner).ReadAsync(Token), new Journal()));
    }

    /// <summary>A database that takes no writes; over a session of its own that does.</summary>
    private sealed class ReadOnlyDatabase(NpgsqlConnection owner) : IAsyncDisposable
    {
        public static async Task<ReadOnlyDatabase> BeginAsync(string address, string role)
        {
            var owner = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(address) { Pooling = false }.ConnectionString);
            await owner.OpenAsync(Token);
            await owner.ExecuteAsync($"alter database \"{owner.Database}\" set default_transaction_read_only = on");
            Assert.NotEqual(0, await owner.ExecuteScalarAsync<long>(
                "select count(pg_terminate_backend(pid)) from pg_stat_activity where datname = current_database() and usename = @role", new { role }));
            return new(owner);
        }

        public Task<int> EndAsync() => owner.ExecuteAsync($"alter database \"{owner.Database}\" reset default_transaction_read_only");

        public async ValueTask DisposeAsync()
        {
            await EndAsync();
            await owner.DisposeAsync();
        }
    }
}
