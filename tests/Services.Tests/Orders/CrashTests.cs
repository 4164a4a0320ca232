using System.Net;
using Inventory.Reservations;
using Lab.Conservation;
using Lab.Journals;
using Microsoft.Extensions.DependencyInjection;
using Orders;
using Orders.Settling;
using Polly.Registry;
using Services.Tests.Inventory;
using Xunit;

namespace Services.Tests.Orders;

/// <summary>One of two replicas of orders, with the real inventory, ends before and after each of its calls; the other one finds everything and finishes it.</summary>
public sealed class CrashTests(OrdersHost orders, InventoryHost inventory) : IClassFixture<OrdersHost>, IClassFixture<InventoryHost>, IAsyncLifetime
{
    private const int MostSteps = 40;

    private readonly Fault _toInventory = new(inventory.Host.Server.CreateHandler());
    private ServiceHost<OrderStore> _survivor = null!;
    private HttpClient _http = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _survivor = OrdersHost.Start(orders.OwnerConnectionString, _toInventory);
        await _survivor.StartAsync();
        _http = _survivor.CreateClient();
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _survivor.DisposeAsync();
        _toInventory.Dispose();
    }

    [Theory]
    [InlineData(false, 1)]
    [InlineData(true, 1)]
    [InlineData(false, 1_000_000)] // more than there is
    public async Task Placing_survives_a_crash_at_every_step(bool clientIsFirst, int quantity)
    {
        var steps = await CrashAtEachStepAsync(async (victim, _) =>
        {
            var key = OrdersHost.NewKey;
            var lines = OrdersHost.Body([.. Enumerable.Repeat(("SKU-0001", Math.Min(quantity, 1000)), quantity > 1000 ? 2 : 1), ("SKU-0002", 1)]);
            using var crashed = await orders.PlaceAsync(key, lines, victim);

            if (!clientIsFirst)
            {
                await orders.RelayAsync(_survivor);
            }

            await orders.AgeAsync();
            using var replay = await orders.PlaceAsync(key, lines, _http);
            using var again = await orders.PlaceAsync(key, lines, _http);

            Assert.Equal(quantity == 1 ? HttpStatusCode.Created : HttpStatusCode.Conflict, replay.StatusCode);
            Assert.Equal(await replay.JsonTextAsync(), await again.JsonTextAsync());
            Assert.Equal(replay.Headers.Location, again.Headers.Location);
            Assert.Equal(1, await orders.CountAsync("select count(*) from idempotency_keys where key = @key", new { key }));
        });

        Assert.InRange(steps, 8, MostSteps);
    }

    [Fact]
    public async Task The_relay_survives_a_crash_at_every_step()
    {
        var steps = await CrashAtEachStepAsync(async (_, host) =>
        {
            var order = await PendingAsync();
            await orders.AgeAsync();
            await host.RunAsync<OutboxRelay>();

            await orders.RelayAsync(_survivor);

            Assert.Equal("Confirmed", await orders.StatusAsync(order));
        });

        Assert.InRange(steps, 8, MostSteps);
    }

    [Fact]
    public async Task Cancelling_survives_a_crash_at_every_step()
    {
        var steps = await CrashAtEachStepAsync(async (victim, _) =>
        {
            using var placed = await orders.PlaceAsync(OrdersHost.NewKey, OrdersHost.Body(("SKU-0003", 1)), _http);
            var order = (await placed.JsonAsync()).GetProperty("id").GetGuid();
            using var crashed = await orders.CancelAsync(order, victim);
            var between = await orders.StatusAsync(order);

            await orders.RelayAsync(_survivor);

            Assert.Equal(between == "Confirmed" ? "Confirmed" : "Cancelled", await orders.StatusAsync(order)); // not half of it
        });

        Assert.InRange(steps, 8, MostSteps);
    }

    [Fact]
    public async Task A_reservation_that_expired_while_orders_was_away_cancels_the_order()
    {
        var order = await PendingAsync("confirm");
        await inventory.OverdueAsync(order);
        await inventory.Host.RunAsync<ReservationSweeper>();

        await orders.RelayAsync(_survivor);

        Assert.Equal("Cancelled", await orders.StatusAsync(order));
        await AssertConservedAsync();
    }

    [Fact]
    public async Task Buyers_cancellers_and_relays_at_once_leave_nothing_lost()
    {
        await inventory.StockAsync("SKU-0050", 30);
        await Task.WhenAll(Enumerable.Range(0, 60).Select(async number =>
        {
            using var placed = await orders.PlaceAsync(OrdersHost.NewKey, OrdersHost.Body(("SKU-0050", 1), ("SKU-0051", 1)), _http);
            if (placed.StatusCode is HttpStatusCode.Created && number % 3 == 0)
            {
                var order = (await placed.JsonAsync()).GetProperty("id").GetGuid();
                var cancelling = Task.WhenAll(orders.CancelAsync(order, _http), orders.CancelAsync(order, _http), orders.RelayAsync(_survivor).ContinueWith(
                    static _ => new HttpResponseMessage(), Token, TaskContinuationOptions.None, TaskScheduler.Default));
                Array.ForEach(await cancelling, static reply => reply.Dispose());
            }
        }));

        await orders.RelayAsync(_survivor);
        await AssertConservedAsync();
    }

    // Returns how many steps there are.
    private async Task<int> CrashAtEachStepAsync(Func<HttpClient, ServiceHost<OrderStore>, Task> act)
    {
        var crash = new SimulatedCrash();
        using var handler = crash.Around(_toInventory);
        await using var victim = OrdersHost.Start(
            orders.OwnerConnectionString, handler, services => services.AddSingleton<ResiliencePipelineProvider<string>>(crash));
        await victim.StartAsync();
        using var http = victim.CreateClient();
        for (var step = 1; step <= MostSteps; step++)
        {
            crash.Arm(step);

            await act(http, victim);

            await AssertConservedAsync();
            if (!crash.Happened)
            {
                return step;
            }
        }

        return int.MaxValue;
    }

    private async Task<Guid> PendingAsync(string stuckAt = "reserve")
    {
        _toInventory.At = stuckAt;
        using var reply = await orders.PlaceAsync(OrdersHost.NewKey, OrdersHost.Body(("SKU-0004", 1)), _http);
        _toInventory.At = null;
        Assert.Equal(HttpStatusCode.Accepted, reply.StatusCode);
        return (await reply.JsonAsync()).GetProperty("id").GetGuid();
    }

    private async Task AssertConservedAsync()
    {
        // What was reserved by a call whose answer was a crash, for an order that was refused later, goes back by its expiry.
        await inventory.ExecuteAsync("update reservations set expires_at = now() - interval '1 h' where status = 'Held'");
        await inventory.Host.RunAsync<ReservationSweeper>();

        var state = await new ShopStateReader(inventory.Owner, orders.Owner).ReadAsync(Token);

        Assert.NotEmpty(state.Orders);
        Assert.Empty(ConservationCheck.Run(state, new Journal()));
    }

    private sealed class Fault(HttpMessageHandler inner) : DelegatingHandler(inner)
    {
        /// <summary>Gets or sets which call doesn't get through: <c>reserve</c>, <c>confirm</c>, or null for none.</summary>
        public string? At { get; set; }

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            At is { } verb && (verb == "reserve") == (request.Method == HttpMethod.Put) ? throw new HttpRequestException("away") : base.SendAsync(request, cancellationToken);
    }
}
