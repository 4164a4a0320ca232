using FaultProxy.Proxies;
using Microsoft.Extensions.Configuration;
using Xunit;

namespace FaultProxy.Tests;

/// <summary>The edges that a host describes in the words that any service gets.</summary>
public sealed class EdgesTests
{
    [Theory]
    [InlineData("ConnectionStrings:edge", "Host=localhost;Port=5433;Username=u;Password=canary", "localhost:5433")]
    [InlineData("ConnectionStrings:edge", "Host=localhost;Username=u", "localhost:5432")]
    [InlineData("ConnectionStrings:edge", "localhost:6380,password=canary", "localhost:6380")]
    [InlineData("ConnectionStrings:edge", "localhost", "localhost:6379")]
    [InlineData("services:edge:http:0", "http://localhost:5082", "localhost:5082")]
    public void An_edge_leads_to_the_store_or_the_service_of_its_name(string key, string value, string upstream) =>
        Assert.Equal([new ProxyBody("edge", "127.0.0.1:15201", upstream)], Read(("Edges:edge", "15201"), (key, value)));

    [Fact]
    public void An_edge_to_a_service_leads_to_all_its_replicas() =>
        Assert.Equal("localhost:1,localhost:2", Assert.Single(Read(("Edges:orders", "15205"), ("services:orders:http:0", "http://localhost:1"), ("services:orders:http:1", "http://localhost:2"))).Upstream);

    [Fact]
    public void An_edge_that_leads_nowhere_is_said()
    {
        var problem = Assert.Throws<ProxyException>(() => Read(("Edges:edge", "15201")));

        Assert.Contains("the edge edge leads nowhere", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_connection_string_that_cannot_be_read_is_not_shown()
    {
        var problem = Assert.Throws<ProxyException>(() => Read(("Edges:edge", "15201"), ("ConnectionStrings:edge", "Host=x;Password='canary")));

        Assert.DoesNotContain("canary", problem.Message, StringComparison.Ordinal);
    }

    private static IReadOnlyList<ProxyBody> Read(params (string Key, string Value)[] settings) => Edges.Read(
        new ConfigurationBuilder().AddInMemoryCollection(settings.Select(static setting => new KeyValuePair<string, string?>(setting.Key, setting.Value))).Build());
}
