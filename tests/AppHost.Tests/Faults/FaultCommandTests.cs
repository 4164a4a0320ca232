using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using AppHost.Tests.Hosted;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.DependencyInjection;
using Shop.Testing;
using Xunit;

namespace AppHost.Tests.Faults;

/// <summary>The commands that break the shop on purpose, as the dashboard and <c>aspire resource</c> run them.</summary>
/// <param name="fixture">Has the shop, with a fault proxy on its edges.</param>
[Collection(ShopAlone.Name)]
public sealed class FaultCommandTests(FaultCommandTests.ShopWithCommands fixture) : IClassFixture<FaultCommandTests.ShopWithCommands>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_command_on_one_replica_reaches_all_of_them_and_heal_ends_every_fault()
    {
        var replicas = fixture.Shop.InstancesOf("orders");
        Assert.Equal(2, replicas.Count);

        var slow = await fixture.RunAsync(replicas[0], "fault-slow");
        Assert.True(slow.Success, slow.Message);
        Assert.Equal("orders: done on all 2 replicas.", slow.Message);
        foreach (var replica in replicas)
        {
            Assert.Equal(["slow"], await fixture.ActiveFaultsAsync(replica));
        }

        await fixture.RunAsync(replicas[1], "fault-burn-cpu");
        var heal = await fixture.RunAsync(replicas[1], "fault-heal");
        Assert.True(heal.Success, heal.Message);
        foreach (var replica in replicas)
        {
            Assert.Empty(await fixture.ActiveFaultsAsync(replica));
        }
    }

    [Fact]
    public async Task A_reset_of_PostgreSQL_starts_again_what_makes_its_tables_there()
    {
        var postgres = Assert.Single(fixture.Shop.InstancesOf("postgres"));

        var reset = await fixture.RunAsync(postgres, "reset-data");

        Assert.True(reset.Success, reset.Message);
        Assert.Equal("postgres is empty, and runs. Started again, since they wait for it: inventory, orders.", reset.Message);
        foreach (var part in (string[])["inventory", "orders", "gateway"])
        {
            await fixture.Shop.UntilHealthyAsync(part, Token);
        }

        using var products = await fixture.Shop.Gateway.GetAsync(new Uri("/api/products?size=1", UriKind.Relative), Token);
        Assert.Equal(System.Net.HttpStatusCode.OK, products.StatusCode);
    }

    [Fact]
    public async Task A_service_that_is_stopped_is_named_as_the_reason_of_the_failure()
    {
        var gateway = Assert.Single(fixture.Shop.InstancesOf("gateway"));
        await fixture.Shop.Parts.StopAsync(gateway, Token);

        var failed = await fixture.RunAsync(gateway, "fault-slow");

        Assert.False(failed.Success);
        Assert.Equal("gateway doesn't run. Start it first.", failed.Message);
        await fixture.Shop.StartAsync(gateway, Token);
        await fixture.Shop.UntilHealthyAsync(gateway, Token);
    }

    [Fact]
    public async Task A_command_of_the_fault_proxy_breaks_the_edge_that_is_chosen_and_heal_ends_it()
    {
        var proxy = Assert.Single(fixture.Shop.InstancesOf("faultproxy"));

        var slow = await fixture.RunAsync(proxy, "latency", edge: "inventory");
        Assert.True(slow.Success, slow.Message);
        Assert.Equal("Slow edge: done. 'Heal' ends it.", slow.Message);
        var again = await fixture.RunAsync(proxy, "latency", edge: "inventory");
        Assert.Equal((true, "Slow edge: it was so already. 'Heal' ends it."), (again.Success, again.Message));
        var down = await fixture.RunAsync(proxy, "down", edge: "cache");
        Assert.True(down.Success, down.Message);
        Assert.Equal(["cache: down", "inventory: latency"], await fixture.BrokenEdgesAsync());

        var heal = await fixture.RunAsync(proxy, "heal");
        Assert.True(heal.Success, heal.Message);
        Assert.Empty(await fixture.BrokenEdgesAsync());
    }

    [Theory]
    [InlineData(null)]
    [InlineData("nowhere")]
    public async Task A_command_of_the_fault_proxy_is_refused_without_an_edge_that_exists(string? edge)
    {
        var refused = await fixture.RunAsync(Assert.Single(fixture.Shop.InstancesOf("faultproxy")), "latency", edge);

        Assert.False(refused.Success);
        Assert.False(string.IsNullOrWhiteSpace(refused.Message));
        Assert.Empty(await fixture.BrokenEdgesAsync());
    }

    /// <summary>A running shop with what runs its commands.</summary>
    public sealed class ShopWithCommands : IAsyncLifetime
    {
        private IServiceProvider _services = null!;
        private ParameterResource _token = null!;

        /// <summary>Gets the shop.</summary>
        public RunningShop Shop { get; private set; } = null!;

        /// <inheritdoc />
        public async ValueTask InitializeAsync() => Shop = await RunningShop.StartAsync(Token, ["--Faults:Proxy=true"], builder =>
        {
            _token = builder.Resources.OfType<ParameterResource>().Single(static parameter => parameter.Name == "fault-token");
            builder.Eventing.Subscribe<BeforeStartEvent>((start, _) =>
            {
                _services = start.Services;
                return Task.CompletedTask;
            });
        });

        /// <inheritdoc />
        public ValueTask DisposeAsync() => Shop?.DisposeAsync() ?? ValueTask.CompletedTask;

        /// <summary>Runs a command.</summary>
        /// <param name="instance">An instance of a resource.</param>
        /// <param name="command">The command's name.</param>
        /// <param name="edge">The argument of the fault proxy's commands.</param>
        /// <returns>The result.</returns>
        internal Task<ExecuteCommandResult> RunAsync(string instance, string command, string? edge = null)
        {
            var commands = _services.GetRequiredService<ResourceCommandService>();
            return edge is null
                ? commands.ExecuteCommandAsync(instance, command, Token)
                : commands.ExecuteCommandAsync(instance, command, new InteractionInputCollection([new() { Name = "edge", InputType = InputType.Choice, Value = edge }]), Token);
        }

        /// <summary>Asks one instance of a service which faults it has.</summary>
        /// <param name="instance">The instance.</param>
        /// <returns>Their names.</returns>
        internal async Task<IReadOnlyList<string>> ActiveFaultsAsync(string instance)
        {
            using var http = Shop.ConnectTo(instance);
            http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", await _token.GetValueAsync(Token));
            var faults = await http.GetFromJsonAsync<JsonElement>("/faults", Token);
            return [.. faults.GetProperty("active").EnumerateArray().Select(static fault => fault.GetProperty("name").GetString()!)];
        }

        /// <summary>Asks the fault proxy which edges are broken.</summary>
        /// <returns>Each edge with its fault, in alphabetical order.</returns>
        internal async Task<IReadOnlyList<string>> BrokenEdgesAsync()
        {
            var edges = await Shop.FaultProxy.GetFromJsonAsync<Dictionary<string, JsonElement>>("/proxies", Token);
            return
            [
                .. from edge in edges
                   from fault in edge.Value.GetProperty("toxics").EnumerateArray().Select(static toxic => toxic.GetProperty("type").GetString()!)
                       .Concat(edge.Value.GetProperty("enabled").GetBoolean() ? [] : ["down"])
                   let text = $"{edge.Key}: {fault}"
                   orderby text
                   select text,
            ];
        }
    }
}
