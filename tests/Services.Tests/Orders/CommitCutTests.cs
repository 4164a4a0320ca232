using System.Collections.Concurrent;
using System.Net;
using Npgsql;
using Services.Tests.Inventory;
using Xunit;

namespace Services.Tests.Orders;

/// <summary>The connection is cut between COMMIT and its answer: the order is there, and whoever placed it doesn't know.</summary>
/// <remarks>Beside no other test: it keeps PostgreSQL busy.</remarks>
[Collection(nameof(CommitCutTests))]
[CollectionDefinition(nameof(CommitCutTests), DisableParallelization = true)]
public sealed class CommitCutTests(OrdersHost orders, ITestOutputHelper output) : IClassFixture<OrdersHost>
{
    private const int Cuts = 1000;
    private const int Clients = 16;
    private static readonly TimeSpan _patience = TimeSpan.FromMinutes(3);

    [Fact]
    public async Task In_a_thousand_cuts_no_order_is_made_twice_and_none_is_lost()
    {
        await using var wire = InventoryHost.WireTo(new NpgsqlConnectionStringBuilder(orders.OwnerConnectionString), out var database);
        await using var host = OrdersHost.Start(database, orders.Inventory);
        await host.StartAsync();
        using var http = host.CreateClient();
        using var patience = new CancellationTokenSource(_patience);
        var before = await orders.CountAsync("select count(*) from orders");
        var answers = new ConcurrentDictionary<string, string>(StringComparer.Ordinal);
        var unclear = 0;
        var turn = 0;
        wire.LosesCommit = () => Interlocked.Increment(ref turn) % 3 != 0; // two of three

        await Task.WhenAll(Enumerable.Range(0, Clients).Select(async _ =>
        {
            while (wire.LostCommits < Cuts)
            {
                var key = OrdersHost.NewKey;
                answers[key] = await PlacedAsync(key);
            }
        }));

        wire.LosesCommit = null;
        output.WriteLine($"{wire.LostCommits} cuts, {answers.Count} orders, {unclear} answers that left a client in doubt.");
        Assert.Equal(answers.Count, answers.Values.Distinct(StringComparer.Ordinal).Count());
        Assert.Equal(answers.Count, await orders.CountAsync("select count(*) from orders") - before);
        Assert.Equal(answers.Count, await orders.CountAsync("select count(*) from idempotency_keys where key = any(@keys)", new { keys = answers.Keys.ToArray() }));
        Assert.Equal(0, await orders.CountAsync("select count(*) from orders where status <> 'Confirmed'"));

        async Task<string> PlacedAsync(string key)
        {
            while (true)
            {
                using var reply = await orders.PlaceAsync(key, OrdersHost.Body(("SKU-0001", 1)), http);
                if (reply.StatusCode is HttpStatusCode.Created)
                {
                    return (await reply.JsonAsync()).Text("id")!;
                }

                Assert.True((int)reply.StatusCode is 202 or 409 or >= 500, $"{reply.StatusCode}");
                Interlocked.Increment(ref unclear);
                await Task.Delay(TimeSpan.FromMilliseconds(50), patience.Token);
            }
        }
    }
}
