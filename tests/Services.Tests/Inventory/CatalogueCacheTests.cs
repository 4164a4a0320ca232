using System.Diagnostics;
using System.Net;
using Inventory.Catalogue;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using StackExchange.Redis;
using Xunit;

namespace Services.Tests.Inventory;

public sealed class CatalogueCacheTests(InventoryHost inventory) : IClassFixture<InventoryHost>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private CatalogueCache Cache => inventory.Host.Services.GetRequiredService<CatalogueCache>();

    private IDatabase Redis => inventory.Host.Services.GetRequiredService<IConnectionMultiplexer>().GetDatabase();

    [Fact]
    public async Task What_is_kept_is_answered_from_the_cache()
    {
        await Redis.StringSetAsync("inventory:product:SKU-0102", """{"sku":"SKU-0102","name":"Kept","price":1,"currency":"EUR","available":7}""");

        using var reply = await inventory.Http.GetAsync("/products/SKU-0102", Token);

        Assert.Equal("Kept", (await reply.JsonAsync()).Text("name"));
    }

    [Fact]
    public async Task Stock_that_moved_is_shown_at_once()
    {
        using var before = await inventory.Http.GetAsync("/products/SKU-0103", Token);
        using var held = await inventory.ReserveAsync(Guid.NewGuid(), ("SKU-0103", 10));
        using var after = await inventory.Http.GetAsync("/products/SKU-0103", Token);

        Assert.Equal((1000, 990), ((await before.JsonAsync()).Number("available"), (await after.JsonAsync()).Number("available")));
    }

    [Fact]
    public async Task What_is_kept_is_kept_for_two_seconds_at_most()
    {
        using var reply = await inventory.Http.GetAsync("/products/SKU-0104", Token);

        var left = await Redis.KeyTimeToLiveAsync("inventory:product:SKU-0104");
        Assert.InRange(left!.Value, TimeSpan.Zero, TimeSpan.FromSeconds(2));
    }

    [Fact]
    public async Task Callers_who_ask_at_the_same_time_share_one_load()
    {
        var loads = 0;
        var gate = new TaskCompletionSource<string?>();
        Task<string?> LoadAsync(CancellationToken token)
        {
            Interlocked.Increment(ref loads);
            return gate.Task;
        }

        var callers = Enumerable.Range(0, 50).Select(_ => Cache.GetAsync("test:single-flight", LoadAsync, static _ => true, Token)).ToList();
        gate.SetResult("answer");
        var answers = await Task.WhenAll(callers);

        Assert.Equal(1, loads);
        Assert.All(answers, static answer => Assert.Equal("answer", answer));
    }

    [Fact]
    public async Task A_caller_who_leaves_does_not_take_the_others_along()
    {
        var gate = new TaskCompletionSource<string?>();
        using var impatient = new CancellationTokenSource();

        var first = Cache.GetAsync("test:leaving", _ => gate.Task, static _ => true, impatient.Token);
        var second = Cache.GetAsync("test:leaving", _ => gate.Task, static _ => true, Token);
        await impatient.CancelAsync();
        gate.SetResult("answer");

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        Assert.Equal("answer", await second);
    }

    [Fact]
    public async Task A_load_that_fails_is_not_kept()
    {
        await Assert.ThrowsAsync<NpgsqlException>(() => Cache.GetAsync<string>("test:failing", static _ => throw new NpgsqlException("away"), static _ => true, Token));

        Assert.Equal("answer", await Cache.GetAsync("test:failing", static _ => Task.FromResult<string?>("answer"), static _ => true, Token));
    }

    [Fact]
    public async Task Without_a_cache_the_service_starts_and_the_database_answers()
    {
        await using var host = InventoryHost.Start(inventory.OwnerConnectionString, "127.0.0.1:1,password=x");
        await host.StartAsync();
        using var http = host.CreateClient();

        using var product = await http.GetAsync("/products/SKU-0001", Token);
        using var page = await http.GetAsync("/products", Token);

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK), (product.StatusCode, page.StatusCode));
    }

    [Fact]
    public async Task A_cache_that_hangs_costs_its_budget_and_then_nothing_until_it_is_asked_again()
    {
        await using var wire = InventoryHost.WireTo(inventory.Redis, out var redis);
        await using var host = InventoryHost.Start(inventory.OwnerConnectionString, redis);
        await host.StartAsync();
        using var http = host.CreateClient();
        using var warm = await http.GetAsync("/products/SKU-0200", Token);
        wire.Freeze();

        var slowest = TimeSpan.Zero;
        for (var number = 201; number < 221; number++)
        {
            var watch = Stopwatch.StartNew();
            using var reply = await http.GetAsync($"/products/SKU-0{number}", Token);
            Assert.Equal(HttpStatusCode.OK, reply.StatusCode);
            slowest = watch.Elapsed > slowest ? watch.Elapsed : slowest;
        }

        // 50 ms of budget and the database's time: a busy machine is given ten times that, Redis' own timeouts are 5 s.
        Assert.InRange(slowest, TimeSpan.FromMilliseconds(40), TimeSpan.FromMilliseconds(500));
        using var held = await http.PutAsync(
            $"/reservations/{Guid.NewGuid()}", new StringContent("""{"lines":[{"sku":"SKU-0200","quantity":1}]}""", mediaType: new("application/json")), Token);
        Assert.Equal(HttpStatusCode.OK, held.StatusCode);
    }

    [Fact]
    public async Task While_the_database_is_away_the_answer_is_503_and_names_it()
    {
        await using var wire = InventoryHost.WireTo(new NpgsqlConnectionStringBuilder(inventory.OwnerConnectionString), out var database);
        await using var host = InventoryHost.Start(database, inventory.Redis);
        await host.StartAsync();
        using var http = host.CreateClient();
        wire.Cut();

        using var reply = await http.GetAsync("/products/SKU-0300", Token);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, reply.StatusCode);
        Assert.Equal("dependency_unavailable", await reply.CodeAsync());
        Assert.Equal("postgres", (await reply.JsonAsync()).Text("dependency"));
        Assert.DoesNotContain("127.0.0.1", await reply.JsonTextAsync(), StringComparison.Ordinal);

        wire.Mend();
        using var again = await Eventually.AnswersAsync(() => http.GetAsync("/products/SKU-0300", Token));
        Assert.Equal(HttpStatusCode.OK, again.StatusCode);
    }
}
