using System.Diagnostics;
using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Xunit;
using Yarp.ReverseProxy;
using Yarp.ReverseProxy.Model;

namespace Services.Tests.Gateway;

/// <summary>What a client gets when what is behind the gateway is in trouble.</summary>
public sealed class FailureTests
{
    private const string Body = """{"lines":[{"sku":"SKU-0001","quantity":1}]}""";

    [Fact]
    public async Task A_dead_replica_fails_no_request_not_even_an_order()
    {
        await using var gateway = await GatewayHost.StartAsync();
        await gateway.Orders[0].StopAsync();

        for (var call = 0; call < 20; call++)
        {
            using var placed = await gateway.SendAsync(HttpMethod.Post, "/api/orders", "{}");
            using var read = await gateway.GetAsync("/api/orders/1");
            Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK), (placed.StatusCode, read.StatusCode));
        }

        Assert.Empty(gateway.Orders[0].Requests);
        Assert.Equal(40, gateway.Orders[1].Requests.Count);
        Assert.Contains(gateway.Orders[1].Requests, static request => request.Headers["x-envoy-attempt-count"] == "2");
    }

    [Fact]
    public async Task A_replica_that_is_starting_is_sent_nothing_until_it_has_started_and_when_none_has_all_are_asked()
    {
        await using var gateway = await GatewayHost.StartAsync();
        var (starting, other) = (gateway.Orders[0], gateway.Orders[1]);
        starting.Answer = static context =>
        {
            context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
            return Task.CompletedTask;
        };
        starting.IsStarted = false;
        await UntilAsync(gateway, reached: starting, isReached: false);

        starting.Answer = static context => context.Response.WriteAsync("{}", context.RequestAborted);
        starting.IsStarted = true;
        await UntilAsync(gateway, reached: starting, isReached: true);

        (starting.IsStarted, other.IsStarted) = (false, false);
        var replicas = gateway.Services.GetRequiredService<IProxyStateLookup>().GetClusters().Single(static cluster => cluster.ClusterId == "orders").Destinations.Values;
        while (replicas.Any(static replica => replica.Health.Active != DestinationHealth.Unhealthy))
        {
            await Task.Delay(20, GatewayHost.Token);
        }

        await UntilAsync(gateway, reached: starting, isReached: true);
        await UntilAsync(gateway, reached: other, isReached: true);
    }

    // Until one of twenty calls reaches that replica, or none does.
    private static async Task UntilAsync(GatewayHost gateway, Upstream reached, bool isReached)
    {
        var began = Stopwatch.GetTimestamp();
        while (true)
        {
            var before = reached.Requests.Count;
            for (var call = 0; call < 20; call++)
            {
                using var placed = await gateway.SendAsync(HttpMethod.Post, "/api/orders", "{}");
            }

            if ((reached.Requests.Count > before) == isReached)
            {
                return;
            }

            Assert.True(Stopwatch.GetElapsedTime(began) < TimeSpan.FromSeconds(30), $"It never came about that calls {(isReached ? "reach" : "don't reach")} it.");
        }
    }

    [Theory]
    [InlineData("GET", null, 200, 1)]
    [InlineData("POST", "a key", 200, 1)]
    [InlineData("POST", null, 502, 0)]
    public async Task A_request_whose_connection_breaks_is_sent_again_only_if_it_reads_or_has_a_key(string method, string? key, int status, int repeats)
    {
        await using var gateway = await GatewayHost.StartAsync();
        var sent = 0;
        foreach (var replica in gateway.Orders)
        {
            replica.Answer = context =>
            {
                if (Interlocked.Increment(ref sent) == 1)
                {
                    context.Abort(); // the first to be asked breaks the connection, whichever that is
                }

                return context.Request.Body.CopyToAsync(context.Response.Body, context.RequestAborted);
            };
        }

        using var reply = await gateway.SendAsync(new(method), "/api/orders", method == "POST" ? Body : null, key is null ? [] : [("Idempotency-Key", key)]);

        Assert.Equal(status, (int)reply.StatusCode);
        Assert.Equal(1 + repeats, sent);
        if (key is not null)
        {
            Assert.Equal(Body, await reply.Content.ReadAsStringAsync(GatewayHost.Token));
        }
    }

    [Fact]
    public async Task A_service_with_one_address_is_asked_there_again()
    {
        await using var gateway = await GatewayHost.StartAsync();
        var sent = 0;
        gateway.Inventory.Answer = context =>
        {
            if (Interlocked.Increment(ref sent) == 1)
            {
                context.Abort();
            }

            return Task.CompletedTask;
        };

        using var reply = await gateway.GetAsync("/api/products");

        Assert.Equal((HttpStatusCode.OK, 2), (reply.StatusCode, sent));
    }

    [Fact]
    public async Task While_the_first_sending_is_still_at_work_the_client_is_told_of_the_broken_connection()
    {
        await using var gateway = await GatewayHost.StartAsync();
        var sent = 0;
        foreach (var replica in gateway.Orders)
        {
            replica.Answer = context =>
            {
                if (Interlocked.Increment(ref sent) == 1)
                {
                    context.Abort();
                }

                context.Response.StatusCode = StatusCodes.Status409Conflict;
                return Task.CompletedTask;
            };
        }

        using var reply = await gateway.SendAsync(HttpMethod.Post, "/api/orders", Body, ("Idempotency-Key", "a key"));

        Assert.Equal((HttpStatusCode.BadGateway, 2), (reply.StatusCode, sent));
        Assert.True((await GatewayHost.ReadAsync(reply)).GetProperty("retryable").GetBoolean());
    }

    [Fact]
    public async Task Unreachable_is_502_and_then_the_breaker_makes_it_503()
    {
        await using var gateway = await GatewayHost.StartAsync();
        await gateway.Inventory.StopAsync();

        using var unreachable = await gateway.GetAsync("/api/products");
        var problem = await GatewayHost.ReadAsync(unreachable);
        Assert.Equal(HttpStatusCode.BadGateway, unreachable.StatusCode);
        Assert.Equal("/problems/bad-gateway", problem.GetProperty("type").GetString());
        Assert.Equal("inventory", problem.GetProperty("dependency").GetString());
        Assert.True(problem.GetProperty("retryable").GetBoolean());

        for (var call = 0; call < 10; call++)
        {
            using var failed = await gateway.GetAsync("/api/products");
        }

        using var refused = await gateway.GetAsync("/api/products");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
        Assert.Equal("dependency_unavailable", (await GatewayHost.ReadAsync(refused)).GetProperty("code").GetString());
        Assert.InRange(refused.Headers.RetryAfter!.Delta!.Value, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2));
    }

    [Fact]
    public async Task Broken_bodies_from_outside_open_no_breaker()
    {
        await using var gateway = await GatewayHost.StartAsync();
        foreach (var replica in gateway.Orders)
        {
            replica.Answer = static async context => await context.Request.Body.CopyToAsync(Stream.Null, context.RequestAborted);
        }

        var body = new string('a', 70_000);
        for (var call = 0; call < 40; call++)
        {
            Assert.Equal(413, await gateway.SendRawAsync($"POST /api/orders HTTP/1.1\r\nHost: shop\r\nTransfer-Encoding: chunked\r\n\r\n{body.Length:x}\r\n{body}\r\n0\r\n\r\n"));
        }

        using var reply = await gateway.SendAsync(HttpMethod.Post, "/api/orders", "{}");
        Assert.Equal(HttpStatusCode.OK, reply.StatusCode);
    }

    [Fact]
    public async Task A_slow_answer_is_504_in_time()
    {
        await using var gateway = await GatewayHost.StartAsync();
        foreach (var replica in gateway.Orders)
        {
            replica.Answer = static context => Task.Delay(Timeout.InfiniteTimeSpan, context.RequestAborted);
        }

        using var reply = await gateway.SendAsync(HttpMethod.Post, "/api/orders", "{}", ("grpc-timeout", "200m"));
        var problem = await GatewayHost.ReadAsync(reply);

        Assert.Equal(HttpStatusCode.GatewayTimeout, reply.StatusCode);
        Assert.Equal("/problems/deadline-exceeded", problem.GetProperty("type").GetString());
        Assert.Equal(200, problem.GetProperty("budgetMs").GetInt64());
        Assert.InRange(problem.GetProperty("elapsedMs").GetInt64(), 190, 2_000);
        Assert.False(problem.GetProperty("retryable").GetBoolean()); // no key: whether there is an order isn't known
        Assert.Equal(1, gateway.Orders.Sum(static replica => replica.Requests.Count));
    }

    [Fact]
    public async Task A_spent_quota_is_429_for_that_client_only()
    {
        await using var gateway = await GatewayHost.StartAsync(("Gateway:Limits:RequestsPerClient", "2"), ("Gateway:Limits:Window", "01:00:00"));
        for (var call = 0; call < 2; call++)
        {
            using var within = await gateway.GetAsync("/api/products", ("X-Api-Key", "greedy"));
            Assert.Equal(HttpStatusCode.OK, within.StatusCode);
        }

        using var beyond = await gateway.GetAsync("/api/products", ("X-Api-Key", "greedy"));
        using var other = await gateway.GetAsync("/api/products", ("X-Api-Key", "modest"));
        using var health = await gateway.GetAsync("/health", ("X-Api-Key", "greedy"));
        var problem = await GatewayHost.ReadAsync(beyond);

        Assert.Equal(HttpStatusCode.TooManyRequests, beyond.StatusCode);
        Assert.Equal("https://iana.org/assignments/http-problem-types#quota-exceeded", problem.GetProperty("type").GetString());
        Assert.InRange(beyond.Headers.RetryAfter!.Delta!.Value, TimeSpan.FromMinutes(50), TimeSpan.FromHours(1));
        Assert.Equal("\"client\";q=2;w=3600", Assert.Single(beyond.Headers.GetValues("RateLimit-Policy")));
        Assert.StartsWith("\"client\";r=0;t=", Assert.Single(beyond.Headers.GetValues("RateLimit")), StringComparison.Ordinal);
        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK), (other.StatusCode, health.StatusCode));
    }

    [Fact]
    public async Task A_full_gateway_refuses_at_once_with_503()
    {
        await using var gateway = await GatewayHost.StartAsync(("Gateway:Limits:MaxConcurrency", "1"));
        var working = new TaskCompletionSource();
        var done = new TaskCompletionSource();
        gateway.Inventory.Answer = context =>
        {
            working.TrySetResult();
            return done.Task.WaitAsync(context.RequestAborted);
        };

        var first = gateway.GetAsync("/api/products");
        await working.Task.WaitAsync(GatewayHost.Token);
        using var refused = await gateway.GetAsync("/api/products");
        done.SetResult();
        using var served = await first;

        Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
        Assert.Equal("temporary_reduced_capacity", (await GatewayHost.ReadAsync(refused)).GetProperty("code").GetString());
        Assert.InRange(refused.Headers.RetryAfter!.Delta!.Value, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(3));
        Assert.Equal(HttpStatusCode.OK, served.StatusCode);
    }
}
