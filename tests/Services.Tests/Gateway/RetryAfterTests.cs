using System.Diagnostics;
using System.Net;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace Services.Tests.Gateway;

/// <summary>A service says when to come back. That is for the client to obey: the gateway neither waits nor shuts the service for others.</summary>
public sealed class RetryAfterTests
{
    private const int Calls = 30; // more than open a breaker

    [Theory]
    [InlineData("503", "3600")]
    [InlineData("503", "Fri, 31 Dec 9999 23:59:59 GMT")]
    [InlineData("503", "Wed, 21 Oct 2015 07:28:00 GMT")]
    [InlineData("429", "3600")]
    [InlineData("429", "soon")]
    public async Task It_is_handed_on_at_once_and_the_next_request_is_let_through(string status, string retryAfter)
    {
        await using var gateway = await GatewayHost.StartAsync();
        foreach (var upstream in (Upstream[])[gateway.Inventory, .. gateway.Orders])
        {
            upstream.Answer = context =>
            {
                context.Response.StatusCode = int.Parse(status, null);
                context.Response.Headers.RetryAfter = retryAfter;
                return Task.CompletedTask;
            };
        }

        var began = Stopwatch.GetTimestamp();
        for (var call = 0; call < Calls; call++)
        {
            using var reply = call % 2 == 0 ? await gateway.GetAsync("/api/products") : await gateway.SendAsync(HttpMethod.Post, "/api/orders", "{}");
            Assert.Equal(int.Parse(status, null), (int)reply.StatusCode);
            Assert.Equal(retryAfter, Assert.Single(reply.Headers.GetValues("Retry-After")));
        }

        var took = Stopwatch.GetElapsedTime(began);
        gateway.Inventory.Answer = static _ => Task.CompletedTask;
        using var next = await gateway.GetAsync("/api/products");

        TestContext.Current.TestOutputHelper?.WriteLine($"{status}, Retry-After: {retryAfter}: {Calls} answers in {took.TotalMilliseconds:F0} ms.");
        Assert.Equal(HttpStatusCode.OK, next.StatusCode);
        Assert.Equal(Calls + 1, gateway.Inventory.Requests.Count + gateway.Orders.Sum(static replica => replica.Requests.Count)); // one each
        Assert.True(took < TimeSpan.FromSeconds(30), $"{took}");
    }

    [Fact]
    public async Task Nonsense_says_nothing_so_that_a_service_that_fails_is_left_alone_for_its_breakers_pause_and_not_for_longer()
    {
        await using var gateway = await GatewayHost.StartAsync();
        gateway.Inventory.Answer = static context =>
        {
            context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
            context.Response.Headers.RetryAfter = "soon";
            return Task.CompletedTask;
        };
        HttpResponseMessage reply;
        do
        {
            reply = await gateway.GetAsync("/api/products");
        }
        while (reply.Headers.GetValues("Retry-After").Single() == "soon" && gateway.Inventory.Requests.Count < Calls);

        using (reply)
        {
            Assert.Equal("dependency_unavailable", (await GatewayHost.ReadAsync(reply)).GetProperty("code").GetString());
            Assert.InRange(reply.Headers.RetryAfter!.Delta!.Value, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(5)); // the breaker's own
        }
    }
}
