using System.Text.Json;
using Gateway.Reference;
using Microsoft.Extensions.DependencyInjection;
using ServiceDefaults.Problems;
using Xunit;
using Yarp.ReverseProxy;

namespace Services.Tests.Gateway;

/// <summary>Holds the written description of the API to what the gateway does.</summary>
public sealed class ReferenceTests
{
    [Fact]
    public async Task Every_route_is_described_and_nothing_else()
    {
        await using var gateway = await GatewayHost.StartAsync();
        var routes = gateway.Services.GetRequiredService<IProxyStateLookup>().GetRoutes()
            .SelectMany(static route => route.Config.Match.Methods!.Select(method => $"{method} {route.Config.Match.Path}"));

        using var document = await JsonDocument.ParseAsync(ReferenceExtensions.Read(), cancellationToken: GatewayHost.Token);
        var described = document.RootElement.GetProperty("paths").EnumerateObject()
            .SelectMany(static path => path.Value.EnumerateObject().Select(operation => $"{operation.Name.ToUpperInvariant()} {path.Name}"));

        Assert.Equal(routes.Order(StringComparer.Ordinal), described.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Every_code_of_the_contract_that_the_API_can_answer_with_is_described()
    {
        using var reader = new StreamReader(ReferenceExtensions.Read());
        var text = reader.ReadToEnd();
        string[] beforeRouting = [Problems.Codes.MethodNotAllowed, Problems.Codes.UriTooLong, Problems.Codes.HeadersTooLarge];

        var codes = typeof(Problems.Codes).GetFields().Select(static field => (string)field.GetRawConstantValue()!).Except(beforeRouting);

        Assert.All(codes, code => Assert.Contains($"`{code}`", text, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Development_shows_the_document_and_its_page_and_loads_nothing_from_elsewhere()
    {
        await using var gateway = await GatewayHost.StartAsync();

        using var document = await gateway.GetAsync("/openapi/v1.json");
        using var page = await gateway.GetAsync("/scalar/");
        var html = await page.Content.ReadAsStringAsync(GatewayHost.Token);

        Assert.Equal("3.1.1", (await GatewayHost.ReadAsync(document)).GetProperty("openapi").GetString());
        Assert.Contains("openapi/v1.json", html, StringComparison.Ordinal);
        Assert.DoesNotContain("src=\"http", html, StringComparison.Ordinal);
    }
}
