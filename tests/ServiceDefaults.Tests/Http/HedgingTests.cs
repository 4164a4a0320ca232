using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Resilience.Retries;
using Xunit;

namespace ServiceDefaults.Tests.Http;

/// <summary>Calls that are sent a second time, to a real server over real sockets.</summary>
public sealed class HedgingTests(ITestOutputHelper output) : IAsyncLifetime
{
    private const int Reads = 400;
    private const int SlowOnesApart = 20; // 5 %
    private const int Readers = 8;
    private static readonly TimeSpan _slow = TimeSpan.FromSeconds(1.5);
    private static readonly TimeSpan _hedgeAfter = TimeSpan.FromMilliseconds(300);

    private readonly ConcurrentQueue<(string Method, string Path, string Attempt, string Body)> _calls = new();
    private readonly ConcurrentDictionary<string, bool> _givenUp = new(StringComparer.Ordinal);
    private Func<HttpContext, bool, Task> _answer = static (_, _) => Task.CompletedTask; // of a call, and whether it is the first
    private TestService _server = null!;

    public async ValueTask InitializeAsync() => _server = await TestService.StartAsync(app => app.Map("/shop/{**path}", async (HttpContext context) =>
    {
        using var body = new StreamReader(context.Request.Body);
        var attempt = context.Request.Headers[AttemptCount.Header].ToString();
        _calls.Enqueue((context.Request.Method, context.Request.Path, attempt, await body.ReadToEndAsync(context.RequestAborted)));
        try
        {
            await _answer(context, attempt == "1");
            if (!context.Response.HasStarted)
            {
                await context.Response.WriteAsync(attempt, context.RequestAborted);
            }
        }
        catch (OperationCanceledException)
        {
            _givenUp[$"{context.Request.Path} {attempt}"] = true;
        }
    }));

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task With_5_in_100_reads_slow_the_p99_is_halved_at_least_for_few_more_calls()
    {
        // What is slow is so by chance, and not because of what is asked: the same question a moment later isn't.
        _answer = static (context, isFirst) => isFirst && int.Parse(context.Request.Path.Value!.Split('/')[^1], null) % SlowOnesApart == 0
            ? Task.Delay(_slow, context.RequestAborted)
            : Task.CompletedTask;

        var without = await ReadAllAsync(TimeSpan.Zero);
        var callsWithout = _calls.Count;
        var with = await ReadAllAsync(_hedgeAfter);
        var more = (_calls.Count - callsWithout - Reads) / (double)Reads;

        output.WriteLine($"{Reads} reads, {100.0 / SlowOnesApart} % of them {_slow.TotalSeconds} s late: p99 {without.TotalMilliseconds:F0} ms without hedging, {with.TotalMilliseconds:F0} ms with it, for {more:P1} more calls.");
        Assert.Equal(Reads, callsWithout);
        Assert.True(with < without / 2, $"{with} with, {without} without.");
        Assert.InRange(more, 1.0 / SlowOnesApart, 2.0 / SlowOnesApart); // the slow ones, and what a busy machine makes slow
    }

    [Fact]
    public async Task Where_everything_is_slow_the_budget_of_retries_bounds_what_is_sent_twice()
    {
        _answer = static (context, _) => Task.Delay(TimeSpan.FromMilliseconds(200), context.RequestAborted);
        using var client = Create(TimeSpan.FromMilliseconds(10), ("Resilience:Clients:shop:MaxConcurrency", "1000"));
        var began = Stopwatch.GetTimestamp();

        await Task.WhenAll(Enumerable.Range(0, 300).Select(number => ReadAsync(client, number)));

        // A budget's defaults: a fifth of the calls, and at least 10 a second over 10 s.
        var more = _calls.Count - 300;
        output.WriteLine($"300 reads, all of them slow: {more} were sent twice.");
        Assert.InRange(more, 1, 100 + (10 * Stopwatch.GetElapsedTime(began).TotalSeconds));
    }

    [Theory]
    [InlineData("GET", false, true)]
    [InlineData("HEAD", false, true)]
    [InlineData("PUT", false, false)]
    [InlineData("DELETE", false, false)]
    [InlineData("POST", false, false)]
    [InlineData("POST", true, true)]
    public async Task Sent_twice_at_a_time_is_only_what_reads_or_carries_a_key(string method, bool withKey, bool isHedged)
    {
        _answer = static (context, isFirst) => isFirst ? Task.Delay(TimeSpan.FromMilliseconds(600), context.RequestAborted) : Task.CompletedTask;
        using var client = Create(TimeSpan.FromMilliseconds(50));
        using var request = new HttpRequestMessage(new(method), "shop/order") { Content = method is "GET" or "HEAD" ? null : JsonContent.Create(new { sku = "SKU-0001" }) };
        if (withKey)
        {
            request.Headers.Add("Idempotency-Key", "0123456789abcdef");
        }

        using var reply = await client.SendAsync(request, TestService.Token);

        Assert.Equal(HttpStatusCode.OK, reply.StatusCode);
        Assert.Equal(isHedged ? ["1", "2"] : ["1"], _calls.Select(static call => call.Attempt).Order(StringComparer.Ordinal)); // the second may arrive first
        Assert.Single(_calls.Select(static call => call.Body).Distinct(StringComparer.Ordinal)); // both have the whole body
    }

    [Fact]
    public async Task The_first_answer_wins_and_the_other_call_is_given_up()
    {
        _answer = static (context, isFirst) => isFirst ? Task.Delay(Timeout.Infinite, context.RequestAborted) : Task.CompletedTask;
        using var client = Create(TimeSpan.FromMilliseconds(50));

        Assert.Equal("2", await ReadAsync(client, 1));

        var began = Stopwatch.GetTimestamp();
        while (!_givenUp.ContainsKey("/shop/1 1"))
        {
            Assert.True(Stopwatch.GetElapsedTime(began) < TimeSpan.FromSeconds(20), "The server still works on the first.");
            await Task.Delay(TimeSpan.FromMilliseconds(10), TestService.Token);
        }
    }

    [Fact]
    public async Task A_second_sending_that_fails_leaves_the_first_its_time()
    {
        _answer = static (context, isFirst) =>
        {
            context.Response.StatusCode = isFirst ? StatusCodes.Status200OK : StatusCodes.Status500InternalServerError;
            return isFirst ? Task.Delay(_slow, context.RequestAborted) : Task.CompletedTask;
        };
        using var client = Create(TimeSpan.FromMilliseconds(50), ("Resilience:Clients:shop:MaxRetries", "0"));

        Assert.Equal("1", await ReadAsync(client, 1));
        Assert.Equal(2, _calls.Count);
    }

    [Fact]
    public async Task What_fails_before_is_not_sent_beside_but_left_to_the_retry()
    {
        _answer = static (context, isFirst) =>
        {
            context.Response.StatusCode = isFirst ? StatusCodes.Status502BadGateway : StatusCodes.Status200OK;
            return Task.CompletedTask;
        };
        using var none = Create(TimeSpan.FromSeconds(2), ("Resilience:Clients:shop:MaxRetries", "0"));
        using var failed = await none.GetAsync(new Uri("shop/1", UriKind.Relative), TestService.Token);
        using var one = Create(TimeSpan.FromSeconds(2), ("Resilience:Clients:shop:MaxRetries", "1"));

        Assert.Equal("2", await ReadAsync(one, 2));
        Assert.Equal(HttpStatusCode.BadGateway, failed.StatusCode);
        Assert.Equal(3, _calls.Count);
    }

    [Fact]
    public void A_second_sending_after_the_first_has_ended_stops_the_start()
    {
        var app = TestService.Build(settings: [("Resilience:Clients:shop:HedgeAfter", "00:00:03")]);

        var invalid = Assert.Throws<OptionsValidationException>(() => app.Services.GetRequiredService<IStartupValidator>().Validate());

        Assert.Equal(
            ["Resilience:Clients:shop:HedgeAfter is 00:00:03, which must be less than Resilience:Clients:shop:AttemptTimeout (00:00:03): there would be nothing to send beside. Shorten it, or set it to 00:00:00 for never."],
            invalid.Failures);
    }

    private static async Task<string> ReadAsync(HttpClient client, int number) => await client.GetStringAsync(new Uri($"shop/{number}", UriKind.Relative), TestService.Token);

    // The p99 of so many reads by a few readers.
    private async Task<TimeSpan> ReadAllAsync(TimeSpan hedgeAfter)
    {
        using var client = Create(hedgeAfter);
        await ReadAsync(client, 1); // compiled, and connected
        _calls.TryDequeue(out _);
        var (times, next) = (new ConcurrentBag<TimeSpan>(), 0);
        await Task.WhenAll(Enumerable.Range(0, Readers).Select(async _ =>
        {
            while (Interlocked.Increment(ref next) is var number && number <= Reads)
            {
                var began = Stopwatch.GetTimestamp();
                await ReadAsync(client, number);
                times.Add(Stopwatch.GetElapsedTime(began));
            }
        }));
        return times.Order().ElementAt((int)(Reads * 0.99) - 1);
    }

    private HttpClient Create(TimeSpan hedgeAfter, params (string Key, string Value)[] settings)
    {
        var app = TestService.Build(
            configure: builder => builder.Services.AddHttpClient("shop", http => http.BaseAddress = _server.Address),
            settings: [("Resilience:Clients:shop:HedgeAfter", hedgeAfter.ToString()), .. settings]);
        return app.Services.GetRequiredService<IHttpClientFactory>().CreateClient("shop");
    }
}
