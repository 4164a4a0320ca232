using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Resilience.Redis;
using ServiceDefaults.Http;
using ServiceDefaults.Peers;
using Xunit;

namespace ServiceDefaults.Tests.Peers;

public sealed class PeerBreakerTests
{
    [Fact]
    public async Task A_service_whose_Redis_is_away_starts_and_calls_and_its_breakers_take_part_all_the_same()
    {
        await using var service = await StartAsync();
        var exchange = service.Services.GetRequiredService<RedisBreakerExchange>();
        Assert.Equal(0, exchange.Snapshot().Circuits);

        using var client = service.Services.GetRequiredService<IHttpClientFactory>().CreateClient("self");
        Assert.Equal("yes", await client.GetStringAsync(new Uri(service.Address, "/here"), TestService.Token));

        Assert.Equal((1, false), (exchange.Snapshot().Circuits, exchange.Snapshot().IsExchanging));
    }

    [Theory]
    [InlineData("inventory.shop", 8080, "orders:stock:inventory.shop:8080")]
    [InlineData("10.1.2.3", 80, "orders:stock:10.1.2.3:80")]
    [InlineData("localhost", 5023, "orders:stock:localhost:5023@")]
    [InlineData("127.0.0.2", 5023, "orders:stock:127.0.0.2:5023@")]
    [InlineData("[::1]", 5023, "orders:stock:[::1]:5023@")]
    public void A_circuit_means_the_same_on_every_machine(string host, int port, string circuit) =>
        Assert.Equal(circuit + (circuit.EndsWith('@') ? Environment.MachineName : ""), PeerBreakers.CircuitOf("orders", "stock", new Destination(host, port)));

    [Theory]
    [InlineData("Interval", "00:00:20", "Resilience:Peers:Interval is 00:00:20, which must be from 00:00:00.1000000 to 00:00:10. Change it, or set Resilience__Peers__Interval.")]
    [InlineData("QuorumPeers", "1", "Resilience:Peers:QuorumPeers is 1, which must be from 2 to 1000. Change it, or set Resilience__Peers__QuorumPeers.")]
    public void A_wrong_setting_stops_the_start(string key, string value, string line)
    {
        var app = TestService.Build(configure: Configure, settings: [("ConnectionStrings:cache", "localhost:1"), ("Resilience:Peers:" + key, value)]);

        var invalid = Assert.Throws<OptionsValidationException>(() => app.Services.GetRequiredService<IStartupValidator>().Validate());

        Assert.Contains(line, invalid.Failures);
    }

    private static Task<TestService> StartAsync() => TestService.StartAsync(
        static app => app.MapGet("/here", static () => "yes"), Configure, settings: [("ConnectionStrings:cache", "localhost:1"), ("Resilience:Peers:Node", "replica-0")]);

    private static void Configure(WebApplicationBuilder builder)
    {
        builder.AddRedisCache("cache");
        builder.AddPeerBreakers();
        builder.Services.AddHttpClient("self");
    }
}
