using System.Net;
using System.Net.Http.Json;
using Xunit;

namespace Services.Tests.Inventory;

/// <summary>Inventory locks in one order, so it can't deadlock with itself; with somebody else in its database it can, and is the one that PostgreSQL ends.</summary>
public sealed class DeadlockTests(InventoryHost inventory, ITestOutputHelper output) : IClassFixture<InventoryHost>, IAsyncLifetime
{
    private const string Role = "inventory_service";
    private const string Lock = "select 1 from stock where sku = @sku for update";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    // Longer than a slow machine takes for what the tests do while the service waits; a move's 5 s hold it and the next try.
    public async ValueTask InitializeAsync() =>
        await inventory.ExecuteAsync($"do $do$ begin execute format('alter database %I set deadlock_timeout = ''2 s''', current_database()); end $do$");

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task A_reservation_that_a_deadlock_ends_is_made_again_and_once()
    {
        await using var host = InventoryHost.Start(inventory.OwnerConnectionString, inventory.Redis);
        await host.StartAsync();
        using var http = host.CreateClient();
        await using var other = await RowLocks.BeginAsync(inventory.OwnerConnectionString);
        await other.TakeAsync(Lock, new { sku = "SKU-0402" });

        var reserving = ReserveAsync(http, Guid.NewGuid(), "SKU-0401", "SKU-0402");
        await other.UntilWaitingAsync(Role);
        await other.TakeAsync(Lock, new { sku = "SKU-0401" }); // comes back once the service's transaction was ended
        await other.CommitAsync();
        using var reserved = await reserving;

        var (retries, recovered) = (await http.StateAsync("inventory-stock-moves", "retry", "retries"), await http.StateAsync("inventory-stock-moves", "retry", "recovered"));
        output.WriteLine($"A reservation that a deadlock ended: {reserved.StatusCode} after {retries} more tries.");
        Assert.Equal(HttpStatusCode.OK, reserved.StatusCode);
        Assert.True(retries >= 1 && recovered == 1, $"{retries} retries, {recovered} recovered: there was no deadlock.");
        Assert.Equal((new(999, 1, 0), new(999, 1, 0)), (await inventory.StockOfAsync("SKU-0401"), await inventory.StockOfAsync("SKU-0402")));
        await inventory.AssertConservedAsync();
    }

    [Fact]
    public async Task Without_another_try_it_is_a_503_that_may_be_repeated_and_took_nothing()
    {
        await using var host = InventoryHost.Start(inventory.OwnerConnectionString, inventory.Redis, ("Resilience:Database:StockMoves:MaxRetries", "0"));
        await host.StartAsync();
        using var http = host.CreateClient();
        var order = Guid.NewGuid();
        await using var other = await RowLocks.BeginAsync(inventory.OwnerConnectionString);
        await other.TakeAsync(Lock, new { sku = "SKU-0404" });

        var reserving = ReserveAsync(http, order, "SKU-0403", "SKU-0404");
        await other.UntilWaitingAsync(Role);
        await other.TakeAsync(Lock, new { sku = "SKU-0403" });
        using var refused = await reserving;
        var after = await inventory.StockOfAsync("SKU-0403");
        await other.CommitAsync();
        using var again = await ReserveAsync(http, order, "SKU-0403", "SKU-0404");

        Assert.Equal((HttpStatusCode.ServiceUnavailable, "dependency_unavailable"), (refused.StatusCode, await refused.CodeAsync()));
        Assert.Equal(("postgres", true), ((await refused.JsonAsync()).Text("dependency"), (await refused.JsonAsync()).GetProperty("retryable").GetBoolean()));
        Assert.Equal(new(1000, 0, 0), after);
        Assert.Equal(HttpStatusCode.OK, again.StatusCode);
        Assert.Equal((new(999, 1, 0), new(999, 1, 0)), (await inventory.StockOfAsync("SKU-0403"), await inventory.StockOfAsync("SKU-0404")));
        await inventory.AssertConservedAsync();
    }

    [Fact]
    public async Task Out_of_time_in_a_deadlock_it_is_a_504_and_took_nothing()
    {
        await using var host = InventoryHost.Start(inventory.OwnerConnectionString, inventory.Redis);
        await host.StartAsync();
        using var http = host.CreateClient();
        using var request = new HttpRequestMessage(HttpMethod.Put, $"/reservations/{Guid.NewGuid()}") { Content = Lines("SKU-0405", "SKU-0406") };
        request.Headers.Add("x-envoy-expected-rq-timeout-ms", "1000"); // less than it takes to find the deadlock
        await using var other = await RowLocks.BeginAsync(inventory.OwnerConnectionString);
        await other.TakeAsync(Lock, new { sku = "SKU-0406" });

        var reserving = http.SendAsync(request, Token);
        await other.UntilWaitingAsync(Role);
        await other.TakeAsync(Lock, new { sku = "SKU-0405" }); // comes back once the service has given up
        using var late = await reserving;
        await other.CommitAsync();

        Assert.Equal((HttpStatusCode.GatewayTimeout, "deadline_exceeded"), (late.StatusCode, await late.CodeAsync()));
        Assert.Equal((new(1000, 0, 0), new(1000, 0, 0)), (await inventory.StockOfAsync("SKU-0405"), await inventory.StockOfAsync("SKU-0406")));
        await inventory.AssertConservedAsync();
    }

    private static Task<HttpResponseMessage> ReserveAsync(HttpClient http, Guid order, params string[] skus) => http.PutAsync($"/reservations/{order}", Lines(skus), Token);

    private static JsonContent Lines(params string[] skus) => JsonContent.Create(new { lines = skus.Select(static sku => new { sku, quantity = 1 }) });
}
