using System.Net;
using System.Text.Json;
using Dapper;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Orders;
using Orders.Settling;
using Xunit;

namespace Services.Tests.Orders;

/// <summary>Orders on a database of its own, with an inventory that does as it is told.</summary>
public sealed class OrdersHost(Stores stores) : IAsyncLifetime
{
    private const string Client = "client-of-the-tests";

    private ServiceHost<OrderStore>? _host;

    internal ServiceHost<OrderStore> Host => _host!;

    internal FakeInventory Inventory { get; } = new();

    internal HttpClient Http { get; private set; } = null!;

    internal string OwnerConnectionString { get; private set; } = "";

    internal NpgsqlDataSource Owner { get; private set; } = null!;

    internal static string NewKey => Guid.NewGuid().ToString("N");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        OwnerConnectionString = (await stores.CreateAsync()).Postgres;
        Owner = NpgsqlDataSource.Create(OwnerConnectionString);
        _host = Start(OwnerConnectionString, Inventory);
        await _host.StartAsync();
        Http = _host.CreateClient();
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await Host.DisposeAsync();
        await Owner.DisposeAsync();
        Inventory.Dispose();
    }

    /// <summary>Makes a replica.</summary>
    internal static ServiceHost<OrderStore> Start(string database, HttpMessageHandler inventory, Action<IServiceCollection>? configure = null, bool isWarm = false) => new(
        new Dictionary<string, string>
        {
            ["ServiceDefaults:WarmUp"] = isWarm ? "true" : "false",
            ["ConnectionStrings:ordersdb"] = database,
            ["ConnectionStrings:cache"] = "localhost:1", // nobody there: orders serves without
            ["Resilience:Clients:inventory:BreakerMinimumThroughput"] = "100000", // one test's failures aren't another's
        },
        services =>
        {
            services.AddHttpClient("inventory").ConfigurePrimaryHttpMessageHandler(() => inventory);
            configure?.Invoke(services);
        });

    internal static string Body(params (string Sku, int Quantity)[] lines) =>
        JsonSerializer.Serialize(new { lines = lines.Select(static line => new { sku = line.Sku, quantity = line.Quantity }) });

    internal Task<HttpResponseMessage> PlaceAsync(string key, string body, HttpClient? http = null, string client = Client) =>
        SendAsync(HttpMethod.Post, "/orders", http, client, new StringContent(body, mediaType: new("application/json")), key);

    internal Task<HttpResponseMessage> PlaceAsync(string key, params (string Sku, int Quantity)[] lines) => PlaceAsync(key, Body(lines));

    internal Task<HttpResponseMessage> GetAsync(string path, string client = Client) => SendAsync(HttpMethod.Get, path, null, client);

    internal Task<HttpResponseMessage> CancelAsync(Guid order, HttpClient? http = null, string client = Client) =>
        SendAsync(HttpMethod.Post, $"/orders/{order}/cancel", http, client);

    /// <summary>Places an order and expects it confirmed.</summary>
    internal async Task<Guid> PlacedAsync(HttpStatusCode expected = HttpStatusCode.Created)
    {
        using var reply = await PlaceAsync(NewKey, ("SKU-0001", 2));
        Assert.Equal(expected, reply.StatusCode);
        return (await reply.JsonAsync()).GetProperty("id").GetGuid();
    }

    internal async Task<string?> StatusAsync(Guid order)
    {
        using var reply = await GetAsync($"/orders/{order}");
        return (await reply.JsonAsync()).Text("status");
    }

    /// <summary>Lets the time pass that a crashed worker is waited for, and runs the relay.</summary>
    internal async Task RelayAsync(ServiceHost<OrderStore>? host = null)
    {
        await AgeAsync();
        await (host ?? Host).RunAsync<OutboxRelay>();
    }

    internal Task AgeAsync() => ExecuteAsync(
        "update outbox set next_attempt_at = now() - interval '1 h'; update idempotency_keys set lease_until = now() - interval '1 h'");

    internal async Task ExecuteAsync(string sql, object? parameters = null)
    {
        await using var connection = await Owner.OpenConnectionAsync();
        await connection.ExecuteAsync(sql, parameters);
    }

    internal async Task<long> CountAsync(string sql, object? parameters = null)
    {
        await using var connection = await Owner.OpenConnectionAsync();
        return await connection.ExecuteScalarAsync<long>(sql, parameters);
    }

    private async Task<HttpResponseMessage> SendAsync(
        HttpMethod method, string path, HttpClient? http, string client, HttpContent? content = null, string? key = null)
    {
        using var request = new HttpRequestMessage(method, path) { Content = content };
        request.Headers.Add("X-Client-Id", client);
        if (key is not null)
        {
            request.Headers.TryAddWithoutValidation("Idempotency-Key", key);
        }

        return await (http ?? Http).SendAsync(request, Token);
    }
}
