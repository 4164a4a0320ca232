using System.Data;
using System.Net;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http.HttpResults;
using Npgsql;
using Polly.CircuitBreaker;
using Polly.RateLimiting;
using Polly.Timeout;
using Resilience.Bulkheads;
using Resilience.ConnectionPools;
using Xunit;
using Answer = ServiceDefaults.Problems.Problems;

namespace ServiceDefaults.Tests.Answers;

public sealed class ProblemTests : IAsyncLifetime
{
    private const string Secret = "Host=10.0.0.1;Password=canary";
    private TestService _service = null!;

    public async ValueTask InitializeAsync() => _service = await TestService.StartAsync(static app =>
    {
        app.MapPost("/orders", static (Order order) => order.Quantity);
        app.MapGet("/pages", static (int page) => page);
        app.MapGet("/missing", static () => Answer.NotFound("There is no order 1."));
        app.MapPost("/busy", static () => Answer.IdempotencyInProgress());
        app.MapMethods("/throw/{what}", ["GET", "POST"], static ProblemHttpResult (string what) => throw ExceptionOf(what));
    });

    public async ValueTask DisposeAsync() => await _service.DisposeAsync();

    [Theory]
    [InlineData("""{"sku":"A","quantity":"1"}""", "quantity")]
    [InlineData("""{"sku":"A","quantity":1e999}""", "quantity")]
    [InlineData("""{"sku":"A","quantity":null}""", "quantity")]
    [InlineData("""{"sku":5,"quantity":1}""", "sku")]
    [InlineData("""{"sku":"A","lines":[{"quantity":2147483648}]}""", "lines[0].quantity")]
    public async Task A_value_of_the_wrong_type_is_400_and_names_its_field(string body, string field)
    {
        using var reply = await PostAsync(body);
        var problem = await TestService.ReadAsync(reply);

        Assert.Equal(HttpStatusCode.BadRequest, reply.StatusCode);
        Assert.Equal("bad_request", problem.GetProperty("code").GetString());
        Assert.True(problem.GetProperty("errors").TryGetProperty(field, out _), problem.ToString());
        Assert.DoesNotContain("System.", problem.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("""{"sku":"A","quantity":1""")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{}x")]
    public async Task A_body_that_is_not_the_expected_JSON_is_400(string body)
    {
        using var reply = await PostAsync(body);

        Assert.Equal(HttpStatusCode.BadRequest, reply.StatusCode);
        Assert.Equal("bad_request", (await TestService.ReadAsync(reply)).GetProperty("code").GetString());
    }

    [Fact]
    public async Task JSON_nested_past_32_levels_is_400()
    {
        using var reply = await PostAsync($$"""{"sku":"A","quantity":1,"extra":{{new string('[', 40)}}{{new string(']', 40)}}}""");

        Assert.Equal(HttpStatusCode.BadRequest, reply.StatusCode);
    }

    [Theory]
    [InlineData("text/plain", 415)]
    [InlineData("application/json; charset=utf-16", 415)]
    [InlineData("application/json; charset=utf-8", 200)]
    public async Task Only_JSON_in_UTF8_is_read(string contentType, int status)
    {
        using var content = new ByteArrayContent("""{"sku":"A","quantity":1}"""u8.ToArray());
        content.Headers.TryAddWithoutValidation("Content-Type", contentType);
        using var reply = await _service.Client.PostAsync(new Uri("/orders", UriKind.Relative), content, TestService.Token);

        Assert.Equal(status, (int)reply.StatusCode);
    }

    [Fact]
    public async Task A_body_past_64_KB_is_413()
    {
        using var reply = await PostAsync($$"""{"sku":"{{new string('A', 70_000)}}","quantity":1}""");

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, reply.StatusCode);
        Assert.Equal("payload_too_large", (await TestService.ReadAsync(reply)).GetProperty("code").GetString());
    }

    [Theory]
    [InlineData("/nowhere", 404, "not_found")]
    [InlineData("/orders", 405, "method_not_allowed")]
    [InlineData("/pages?page=x", 400, "bad_request")]
    [InlineData("/pages", 400, "bad_request")]
    public async Task What_the_framework_refuses_is_a_problem_too(string path, int status, string code)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.TryAddWithoutValidation("Accept", "text/html"); // an error has one form
        using var reply = await _service.Client.SendAsync(request, TestService.Token);
        var problem = await TestService.ReadAsync(reply);

        Assert.Equal(status, (int)reply.StatusCode);
        Assert.Equal("application/problem+json", reply.Content.Headers.ContentType!.MediaType);
        Assert.Equal(code, problem.GetProperty("code").GetString());
        Assert.Equal("about:blank", problem.GetProperty("type").GetString());
        Assert.False(problem.GetProperty("retryable").GetBoolean());
        Assert.Matches("^[0-9a-f]{32}$", problem.GetProperty("traceId").GetString());
    }

    [Fact]
    public async Task A_parameter_that_cannot_be_read_is_named()
    {
        using var reply = await _service.Client.GetAsync(new Uri("/pages?page=x", UriKind.Relative), TestService.Token);

        Assert.True((await TestService.ReadAsync(reply)).GetProperty("errors").TryGetProperty("page", out _));
    }

    [Theory]
    [InlineData("open", 503, "dependency_unavailable", true)]
    [InlineData("full", 503, "temporary_reduced_capacity", true)]
    [InlineData("bulkhead", 503, "temporary_reduced_capacity", true)]
    [InlineData("timeout", 504, "deadline_exceeded", true)]
    [InlineData("unreachable", 502, "bad_gateway", true)]
    [InlineData("postgres", 503, "dependency_unavailable", true)]
    [InlineData("read-only", 503, "dependency_unavailable", true)]
    [InlineData("password", 503, "dependency_unavailable", true)]
    [InlineData("broken row", 503, "dependency_unavailable", true)]
    [InlineData("lost", 503, "dependency_unavailable", true)]
    [InlineData("bad row", 500, "internal_error", true)]
    [InlineData("bug", 500, "internal_error", true)]
    public async Task An_exception_is_the_outcome_that_the_contract_says(string what, int status, string code, bool getIsRetryable)
    {
        using var reply = await _service.Client.GetAsync(new Uri($"/throw/{what}", UriKind.Relative), TestService.Token);
        var text = await reply.Content.ReadAsStringAsync(TestService.Token);
        var problem = await TestService.ReadAsync(reply);

        Assert.Equal(status, (int)reply.StatusCode);
        Assert.Equal(code, problem.GetProperty("code").GetString());
        Assert.Equal(getIsRetryable, problem.GetProperty("retryable").GetBoolean());
        Assert.Equal(status == 503, reply.Headers.RetryAfter?.Delta >= TimeSpan.FromSeconds(1));
        Assert.DoesNotContain("canary", text, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null, false)]
    [InlineData("0123456789abcdef", true)]
    public async Task An_unsafe_method_is_worth_repeating_only_under_a_key(string? key, bool retryable)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/throw/bug");
        if (key is not null)
        {
            request.Headers.Add("Idempotency-Key", key);
        }

        using var reply = await _service.Client.SendAsync(request, TestService.Token);

        Assert.Equal(retryable, (await TestService.ReadAsync(reply)).GetProperty("retryable").GetBoolean());
    }

    [Fact]
    public async Task An_open_breaker_says_when_it_will_try_again()
    {
        using var reply = await _service.Client.GetAsync(new Uri("/throw/open", UriKind.Relative), TestService.Token);

        Assert.Equal(TimeSpan.FromSeconds(5), reply.Headers.RetryAfter!.Delta); // 4.2 s, rounded up
    }

    [Fact]
    public async Task A_factory_s_problem_has_every_promised_member()
    {
        using var reply = await _service.Client.GetAsync(new Uri("/missing", UriKind.Relative), TestService.Token);
        var problem = await TestService.ReadAsync(reply);

        Assert.Equal("There is no order 1.", problem.GetProperty("detail").GetString());
        Assert.Equal("not_found", problem.GetProperty("code").GetString());
        Assert.False(problem.GetProperty("retryable").GetBoolean());
        Assert.Equal(32, problem.GetProperty("traceId").GetString()!.Length);
    }

    [Fact]
    public async Task A_key_in_use_says_to_come_back_in_a_second()
    {
        using var reply = await _service.Client.PostAsync(new Uri("/busy", UriKind.Relative), content: null, TestService.Token);
        var problem = await TestService.ReadAsync(reply);

        Assert.Equal(HttpStatusCode.Conflict, reply.StatusCode);
        Assert.Equal(TimeSpan.FromSeconds(1), reply.Headers.RetryAfter!.Delta);
        Assert.Equal("/problems/idempotency-in-progress", problem.GetProperty("type").GetString());
        Assert.True(problem.GetProperty("retryable").GetBoolean());
    }

    [Fact]
    public async Task Nothing_says_what_server_this_is()
    {
        using var reply = await _service.Client.GetAsync(new Uri("/missing", UriKind.Relative), TestService.Token);

        Assert.False(reply.Headers.Contains("Server"));
    }

    private async Task<HttpResponseMessage> PostAsync(string body)
    {
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        return await _service.Client.PostAsync(new Uri("/orders", UriKind.Relative), content, TestService.Token);
    }

    private static Exception ExceptionOf(string what) => what switch
    {
        "open" => new BrokenCircuitException("open", TimeSpan.FromSeconds(4.2)),
        "full" => new RateLimiterRejectedException(),
        "bulkhead" => new BulkheadRejectedException(),
        "timeout" => new TimeoutRejectedException(TimeSpan.FromSeconds(1)),
        "unreachable" => new HttpRequestException(Secret),
        "postgres" => new NpgsqlException(Secret, new IOException(Secret)),
        "read-only" => new PostgresException(Secret, "ERROR", "ERROR", PostgresErrorCodes.ReadOnlySqlTransaction),
        "password" => new PostgresException(Secret, "FATAL", "FATAL", PostgresErrorCodes.InvalidPassword),
        "lost" => new ConnectionLostException(),
        "broken row" => new DataException(Secret, ExceptionOf("postgres")),
        "bad row" => new DataException(Secret, new InvalidCastException(Secret)),
        _ => new InvalidOperationException(Secret),
    };

    private sealed record Line(int Quantity);

    private sealed record Order(string Sku, [property: System.Text.Json.Serialization.JsonRequired] int Quantity, IReadOnlyList<Line>? Lines);
}
