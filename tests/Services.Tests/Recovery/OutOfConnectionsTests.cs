using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using Dapper;
using Lab.Conservation;
using Lab.Journals;
using Npgsql;
using Services.Tests.Inventory;
using Services.Tests.Orders;
using Xunit;

namespace Services.Tests.Recovery;

/// <summary>
/// Experiment: others hold every connection that PostgreSQL gives (<c>max_connections</c>).
/// </summary>
/// <remarks>
/// <list type="bullet">
/// <item>Steady state: orders and inventory, each with connections of its own, confirm an order at once.</item>
/// <item>Injection: others take every connection that is left; then the services' own are ended, and others take those as well; then the others leave.</item>
/// <item>Hypothesis: with the connections that they have, both services answer as before. Without any, every answer is a 503 that names the dependency, none takes longer than its
/// pipeline's time, and the services are alive. Once others leave, both are as before within seconds, by themselves; every order is there once, and the stock adds up.</item>
/// <item>Reach: a server of this test's own.</item>
/// </list>
/// </remarks>
public sealed class OutOfConnectionsTests(Stores stores, ITestOutputHelper output)
{
    private const int MaxConnections = 30;
    private const int Orders = 20;
    private static readonly TimeSpan _ordersTotal = TimeSpan.FromSeconds(5); // Resilience:Database:Orders:TotalTimeout
    private static readonly TimeSpan _healWithin = TimeSpan.FromSeconds(10); // the longest pause between two connects is 0.8 s, a connect takes at most 2 s; the rest is a slow machine's

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task With_what_they_have_both_services_answer_without_any_it_is_503_and_they_recover_by_themselves()
    {
        await using var postgres = await OwnPostgres.StartAsync(MaxConnections, "orders", "inventory");
        await using var inventory = InventoryHost.Start(postgres.Server.ConnectionStringFor("inventory"), (await stores.CreateAsync()).Redis);
        await inventory.StartAsync();
        await using var orders = OrdersHost.Start(postgres.Server.ConnectionStringFor("orders"), inventory.Server.CreateHandler());
        await orders.StartAsync();
        using var shop = new Shop(orders.CreateClient(), inventory.CreateClient());
        await using var others = await Others.ConnectAsync(postgres.Server.ConnectionStringFor("postgres"));
        Assert.Equal((HttpStatusCode.Created, HttpStatusCode.OK), await shop.AskAsync());

        var taken = await others.TakeAllAsync();
        var withTheirOwn = await shop.AskManyAsync(Orders);
        Assert.All(withTheirOwn, static answers => Assert.Equal((HttpStatusCode.Created, HttpStatusCode.OK), answers));

        taken += await others.TakeTheServicesAsync();
        var withNone = await shop.AskManyAsync(Orders);
        var slowest = shop.Slowest;
        Assert.All(withNone, static answers => Assert.Equal((HttpStatusCode.ServiceUnavailable, HttpStatusCode.ServiceUnavailable), answers));
        await shop.AssertNamesItsDatabaseAsync();
        await shop.AssertAliveAsync();
        Assert.True(slowest < _ordersTotal * 2, $"{slowest}");

        await others.LeaveAsync();
        var began = Stopwatch.GetTimestamp();
        while (await shop.AskAsync() is not (HttpStatusCode.Created, HttpStatusCode.OK))
        {
            Assert.True(Stopwatch.GetElapsedTime(began) < _healWithin, "The services don't recover.");
        }

        output.WriteLine(
            $"Others took {taken} of {MaxConnections} connections. With their own, the services answered {withTheirOwn.Count} orders and reads as before; with none, as many were a 503, "
            + $"the slowest after {slowest.TotalSeconds:F2} s; {Stopwatch.GetElapsedTime(began).TotalSeconds:F2} s after the others left, all was well.");
        await using var inventoryOwner = NpgsqlDataSource.Create(postgres.Server.ConnectionStringFor("inventory"));
        await using var ordersOwner = NpgsqlDataSource.Create(postgres.Server.ConnectionStringFor("orders"));
        var state = await new ShopStateReader(inventoryOwner, ordersOwner).ReadAsync(Token);
        Assert.Equal(shop.Confirmed, state.Orders.Count);
        Assert.Empty(ConservationCheck.Run(state, new Journal()));
    }

    /// <summary>What customers ask of both services.</summary>
    private sealed class Shop(HttpClient orders, HttpClient inventory) : IDisposable
    {
        private int _product;
        private int _confirmed;

        public TimeSpan Slowest { get; private set; }

        public int Confirmed => _confirmed;

        public async Task<(HttpStatusCode Order, HttpStatusCode Read)> AskAsync()
        {
            var began = Stopwatch.GetTimestamp();
            using var placed = await PlaceAsync();
            using var read = await ReadAsync();
            var took = Stopwatch.GetElapsedTime(began) / 2;
            if (placed.StatusCode == HttpStatusCode.Created)
            {
                Interlocked.Increment(ref _confirmed);
            }

            Slowest = took > Slowest ? took : Slowest;
            return (placed.StatusCode, read.StatusCode);
        }

        /// <summary>Asks so often, four customers at a time.</summary>
        public async Task<IReadOnlyList<(HttpStatusCode Order, HttpStatusCode Read)>> AskManyAsync(int count)
        {
            Slowest = default;
            return [.. (await Task.WhenAll(Enumerable.Range(0, 4).Select(async _ =>
            {
                var answers = new List<(HttpStatusCode Order, HttpStatusCode Read)>();
                while (answers.Count < count / 4)
                {
                    answers.Add(await AskAsync());
                }

                return answers;
            }))).SelectMany(static answers => answers)];
        }

        public async Task AssertNamesItsDatabaseAsync()
        {
            using var placed = await PlaceAsync();
            using var read = await ReadAsync();
            foreach (var reply in (HttpResponseMessage[])[placed, read])
            {
                Assert.Equal("dependency_unavailable", await reply.CodeAsync());
                Assert.Equal(("postgres", true), ((await reply.JsonAsync()).Text("dependency"), (await reply.JsonAsync()).GetProperty("retryable").GetBoolean()));
            }
        }

        public async Task AssertAliveAsync()
        {
            using var ordersAlive = await orders.GetAsync("/alive", Token);
            using var inventoryAlive = await inventory.GetAsync("/alive", Token);
            Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK), (ordersAlive.StatusCode, inventoryAlive.StatusCode));
        }

        public void Dispose()
        {
            orders.Dispose();
            inventory.Dispose();
        }

        private async Task<HttpResponseMessage> PlaceAsync()
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "/orders") { Content = JsonContent.Create(new { lines = new[] { new { sku = "SKU-0001", quantity = 1 } } }) };
            request.Headers.Add("Idempotency-Key", OrdersHost.NewKey);
            return await orders.SendAsync(request, Token);
        }

        // Another one each time, so that the cache has none.
        private Task<HttpResponseMessage> ReadAsync() => inventory.GetAsync($"/products/SKU-{100 + Interlocked.Increment(ref _product):D4}", Token);
    }

    /// <summary>Whoever else uses the server.</summary>
    private sealed class Others(NpgsqlConnection first, string address) : IAsyncDisposable
    {
        private readonly List<NpgsqlConnection> _connections = [];

        public static async Task<Others> ConnectAsync(string address)
        {
            address = new NpgsqlConnectionStringBuilder(address) { Pooling = false }.ConnectionString;
            var first = new NpgsqlConnection(address);
            await first.OpenAsync(Token);
            return new(first, address);
        }

        /// <summary>Takes connections, a superuser's last ones too, until there are none.</summary>
        public async Task<int> TakeAllAsync()
        {
            for (var taken = 0; ; taken++)
            {
                var connection = new NpgsqlConnection(address);
                try
                {
                    await connection.OpenAsync(Token);
                    _connections.Add(connection);
                }
                catch (PostgresException full) when (full.SqlState == PostgresErrorCodes.TooManyConnections)
                {
                    await connection.DisposeAsync();
                    return taken;
                }
            }
        }

        /// <summary>Ends the services' connections and is faster than they are, in the end.</summary>
        public async Task<int> TakeTheServicesAsync()
        {
            var (began, taken) = (Stopwatch.GetTimestamp(), 0);
            for (var left = 1L; left > 0;)
            {
                Assert.True(Stopwatch.GetElapsedTime(began) < _healWithin, "The services are always faster.");
                left = await first.ExecuteScalarAsync<long>("select count(pg_terminate_backend(pid)) from pg_stat_activity where usename in ('orders_service', 'inventory_service')");
                var more = await TakeAllAsync();
                (taken, left) = (taken + more, left + more); // a place that was still free may have been theirs
            }

            return taken;
        }

        public async Task LeaveAsync()
        {
            foreach (var connection in _connections)
            {
                await connection.DisposeAsync();
            }

            _connections.Clear();
        }

        public async ValueTask DisposeAsync()
        {
            await LeaveAsync();
            await first.DisposeAsync();
        }
    }
}
