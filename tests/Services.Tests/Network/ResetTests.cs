using System.Net;
using System.Text;
using Microsoft.AspNetCore.Http;
using Services.Tests.Gateway;
using Xunit;

namespace Services.Tests.Network;

/// <summary>Connections to orders are reset at each point of a request's way; the gateway has two replicas to choose from, and both do it.</summary>
public sealed class ResetTests
{
    [Theory]
    [InlineData(ResetPoint.Accept, 0)]
    [InlineData(ResetPoint.Answer, 2)]
    [InlineData(ResetPoint.Headers, 2)]
    [InlineData(ResetPoint.Body, 1)]
    public async Task An_order_is_sent_once_more_until_its_answer_has_begun_and_no_half_answer_looks_whole(ResetPoint point, int sent)
    {
        await using var first = new BrokenUpstream(point);
        await using var second = new BrokenUpstream(point);
        await using var gateway = await GatewayHost.StartAsync(("services:orders:http:0", first.Address), ("services:orders:http:1", second.Address));

        using var order = new HttpRequestMessage(HttpMethod.Post, "/api/orders") { Content = new StringContent("{}", Encoding.UTF8, "application/json") };
        order.Headers.Add("Idempotency-Key", "reset-on-the-way");

        var status = await StatusAsync(gateway, order, first, second);

        Assert.Equal(point is ResetPoint.Body ? null : HttpStatusCode.BadGateway, status);
        Assert.Equal(sent, first.Requests + second.Requests);
    }

    [Theory]
    [InlineData(ResetPoint.Accept)]
    [InlineData(ResetPoint.Answer)]
    [InlineData(ResetPoint.Headers)]
    [InlineData(ResetPoint.Body)]
    public async Task A_read_whose_connection_is_reset_is_answered_by_the_other_replica_unless_some_of_it_has_gone_on(ResetPoint point)
    {
        await using var broken = new BrokenUpstream(point);
        await using var gateway = await GatewayHost.StartAsync(("services:orders:http:0", broken.Address));
        gateway.Orders[1].Answer = static context => context.Response.WriteAsync(BrokenUpstream.Body, context.RequestAborted);

        for (var read = 0; read < 10; read++)
        {
            using var question = new HttpRequestMessage(HttpMethod.Get, "/api/orders/7d0c5a3e");
            var status = await StatusAsync(gateway, question, broken);
            Assert.Contains(status, point is ResetPoint.Body ? [HttpStatusCode.OK, null] : (HttpStatusCode?[])[HttpStatusCode.OK]);
        }

        Assert.NotEmpty(gateway.Orders[1].Requests);
    }

    // Null: the answer broke off, and its reader sees that.
    private static async Task<HttpStatusCode?> StatusAsync(GatewayHost gateway, HttpRequestMessage request, params BrokenUpstream[] upstreams)
    {
        try
        {
            using var reply = await gateway.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, GatewayHost.Token);
            Array.ForEach(upstreams, static upstream => upstream.AnswerHasBegun());
            if (reply.StatusCode is HttpStatusCode.OK)
            {
                Assert.Equal(BrokenUpstream.Body, await reply.Content.ReadAsStringAsync(GatewayHost.Token));
            }

            return reply.StatusCode;
        }
        catch (HttpRequestException)
        {
            return null;
        }
    }
}
