using System.Net;
using System.Net.Http.Headers;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Polly.Timeout;
using Resilience.CircuitBreakers;
using Resilience.Deadlines;
using Resilience.Retries;
using Resilience.Timeouts;
using ServiceDefaults.Http;
using Xunit;

namespace ServiceDefaults.Tests.Http;

public sealed class HttpResilienceTests
{
    private const string Key = "0123456789abcdef";

    [Theory]
    [InlineData("GET", false, 3)]
    [InlineData("PUT", false, 3)]
    [InlineData("DELETE", false, 3)]
    [InlineData("POST", false, 1)]
    [InlineData("PATCH", false, 1)]
    [InlineData("POST", true, 3)]
    public async Task An_unsafe_method_is_repeated_only_under_a_key(string method, bool withKey, int attempts)
    {
        var upstream = new Upstream(HttpStatusCode.BadGateway);
        using var client = Create(upstream);
        using var request = new HttpRequestMessage(new HttpMethod(method), "http://inventory/") { Content = new StringContent("{}") };
        if (withKey)
        {
            request.Headers.Add("Idempotency-Key", Key);
        }

        using var reply = await client.Http.SendAsync(request, TestService.Token);

        Assert.Equal(HttpStatusCode.BadGateway, reply.StatusCode);
        Assert.Equal(attempts, upstream.Calls.Count);
    }

    [Fact]
    public async Task A_body_that_is_gone_after_one_attempt_is_not_sent_twice()
    {
        var upstream = new Upstream(HttpStatusCode.BadGateway);
        using var client = Create(upstream);
        using var stream = new MemoryStream([1]);

        using var reply = await client.Http.PutAsync(new Uri("http://inventory/"), new StreamContent(stream), TestService.Token);

        Assert.Single(upstream.Calls);
    }

    [Fact]
    public async Task A_failure_is_hidden_by_the_next_attempt_which_says_that_it_is_the_second()
    {
        var upstream = new Upstream(HttpStatusCode.ServiceUnavailable, HttpStatusCode.OK);
        using var client = Create(upstream);

        using var reply = await client.Http.GetAsync(new Uri("http://inventory/"), TestService.Token);

        Assert.Equal(HttpStatusCode.OK, reply.StatusCode);
        Assert.Equal(["1", "2"], upstream.Calls.Select(static call => call.Attempt));
    }

    [Fact]
    public async Task Behind_a_caller_that_repeats_nothing_is_repeated()
    {
        var upstream = new Upstream(HttpStatusCode.BadGateway);
        using var client = Create(upstream);
        using var behind = AttemptCount.Begin(2);

        using var reply = await client.Http.GetAsync(new Uri("http://inventory/"), TestService.Token);

        Assert.Equal(["2"], upstream.Calls.Select(static call => call.Attempt)); // and the hop behind sees it, too
    }

    [Theory]
    [InlineData("3600", 1)]
    [InlineData("Wed, 21 Oct 2015 07:28:00 GMT", 3)]
    [InlineData("soon", 3)]
    [InlineData("-5", 3)]
    public async Task A_long_Retry_After_is_not_waited_for_and_nonsense_is_ignored(string retryAfter, int attempts)
    {
        var upstream = new Upstream(HttpStatusCode.ServiceUnavailable) { RetryAfter = retryAfter };
        using var client = Create(upstream);

        using var reply = await client.Http.GetAsync(new Uri("http://inventory/"), TestService.Token);

        Assert.Equal(attempts, upstream.Calls.Count);
    }

    [Fact]
    public async Task A_destination_that_fails_is_left_alone_and_named()
    {
        var upstream = new Upstream(HttpStatusCode.InternalServerError);
        using var client = Create(upstream, ("Resilience:Clients:shop:MaxRetries", "0"), ("Resilience:Clients:shop:BreakerMinimumThroughput", "2"));
        for (var call = 0; call < 2; call++)
        {
            using var failed = await client.Http.GetAsync(new Uri("http://inventory/"), TestService.Token);
        }

        var refusal = await Assert.ThrowsAsync<CircuitBreakerRejectedException>(() => client.Http.GetAsync(new Uri("http://inventory/"), TestService.Token));
        using var other = await client.Http.GetAsync(new Uri("http://elsewhere/"), TestService.Token);

        Assert.Equal("inventory", Dependency.Of(refusal));
        Assert.Equal(3, upstream.Calls.Count); // another destination has a breaker of its own
    }

    [Theory]
    [InlineData(HttpStatusCode.TooManyRequests, null)]
    [InlineData(HttpStatusCode.ServiceUnavailable, "1")]
    [InlineData(HttpStatusCode.Conflict, null)]
    public async Task A_refusal_does_not_count_against_the_destination(HttpStatusCode refusal, string? retryAfter)
    {
        var upstream = new Upstream(refusal) { RetryAfter = retryAfter };
        using var client = Create(upstream, ("Resilience:Clients:shop:MaxRetries", "0"), ("Resilience:Clients:shop:BreakerMinimumThroughput", "2"));

        for (var call = 0; call < 6; call++)
        {
            using var reply = await client.Http.GetAsync(new Uri("http://inventory/"), TestService.Token);
            Assert.Equal(refusal, reply.StatusCode);
        }
    }

    [Fact]
    public async Task An_attempt_without_an_answer_ends_in_time()
    {
        var upstream = new Upstream(HttpStatusCode.OK) { Hangs = true };
        using var client = Create(upstream, ("Resilience:Clients:shop:AttemptTimeout", "00:00:00.02"), ("Resilience:Clients:shop:MaxRetries", "1"));

        await Assert.ThrowsAsync<OperationTimeoutException>(() => client.Http.GetAsync(new Uri("http://inventory/"), TestService.Token));

        Assert.Equal(2, upstream.Calls.Count);
    }

    [Fact]
    public async Task What_is_called_learns_how_long_it_is_waited_for()
    {
        var upstream = new Upstream(HttpStatusCode.OK);
        using var client = Create(upstream);

        using var reply = await client.Http.GetAsync(new Uri("http://inventory/"), TestService.Token);

        Assert.Equal("2850", upstream.Calls.Single().Deadline); // an attempt's 3 s, less 5 %
    }

    [Fact]
    public async Task A_deadline_that_is_over_sends_nothing()
    {
        var upstream = new Upstream(HttpStatusCode.OK);
        using var client = Create(upstream);
        var clock = new Microsoft.Extensions.Time.Testing.FakeTimeProvider();
        using var deadline = Deadline.Begin(TimeSpan.FromSeconds(1), clock);
        clock.Advance(TimeSpan.FromSeconds(1));

        await Assert.ThrowsAsync<DeadlineExceededException>(() => client.Http.GetAsync(new Uri("http://inventory/"), TestService.Token));

        Assert.Empty(upstream.Calls);
    }

    [Fact]
    public void An_attempt_as_long_as_the_whole_stops_the_start()
    {
        using var client = Create(new Upstream(HttpStatusCode.OK), ("Resilience:Clients:shop:AttemptTimeout", "00:00:20"));

        var invalid = Assert.Throws<OptionsValidationException>(() => client.Services.GetRequiredService<IStartupValidator>().Validate());

        Assert.Equal(
            ["Resilience:Clients:shop:AttemptTimeout is 00:00:20, which must be less than Resilience:Clients:shop:TotalTimeout (00:00:10). Shorten the one or lengthen the other."],
            invalid.Failures);
    }

    [Fact]
    public void Attempts_that_do_not_fit_into_the_whole_stop_the_start()
    {
        using var client = Create(new Upstream(HttpStatusCode.OK), ("Resilience:Clients:shop:AttemptTimeout", "00:00:06"));

        var invalid = Assert.Throws<OptionsValidationException>(() => client.Services.GetRequiredService<IStartupValidator>().Validate());

        Assert.Collection(
            invalid.Failures,
            static failure => Assert.StartsWith(
                "3 attempts (Resilience:Clients:shop:MaxRetries is 2) of 6 s (Resilience:Clients:shop:AttemptTimeout)", failure, StringComparison.Ordinal),
            static failure => Assert.StartsWith(
                "10 s (Resilience:Clients:shop:BreakerWindow) is shorter than two attempts of 6 s (Resilience:Clients:shop:AttemptTimeout)", failure, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_refusal_that_means_everybody_opens_the_breaker_until_then()
    {
        var upstream = new Upstream(HttpStatusCode.ServiceUnavailable) { RetryAfter = "5" };
        using var client = Create(upstream, ("Resilience:Clients:shop:MaxRetries", "0"), ("Resilience:Clients:shop:LongestThrottledPause", "00:00:10"));
        using var refused = await client.Http.GetAsync(new Uri("http://inventory/"), TestService.Token);

        var refusal = await Assert.ThrowsAsync<CircuitBreakerRejectedException>(() => client.Http.GetAsync(new Uri("http://inventory/"), TestService.Token));

        Assert.InRange(refusal.RetryAfter!.Value, TimeSpan.FromSeconds(4), TimeSpan.FromSeconds(10));
        Assert.Single(upstream.Calls);
    }

    [Fact]
    public async Task Callers_with_hardly_any_time_do_not_shut_a_destination_for_others()
    {
        var upstream = new Upstream(HttpStatusCode.OK) { Hangs = true };
        using var client = Create(upstream, ("Resilience:Clients:shop:MaxRetries", "0"), ("Resilience:Clients:shop:BreakerMinimumThroughput", "2"));

        for (var call = 0; call < 4; call++)
        {
            using var deadline = Deadline.Begin(TimeSpan.FromMilliseconds(250), TimeProvider.System);
            await Assert.ThrowsAnyAsync<TimeoutRejectedException>(() => client.Http.GetAsync(new Uri("http://inventory/"), TestService.Token));
        }

        Assert.Equal(4, upstream.Calls.Count);
    }

    [Fact]
    public async Task New_settings_hold_from_the_next_call_on_and_an_open_breaker_stays_open()
    {
        var upstream = new Upstream(HttpStatusCode.InternalServerError);
        using var client = Create(upstream, ("Resilience:Clients:shop:MaxRetries", "0"), ("Resilience:Clients:shop:BreakerMinimumThroughput", "2"));
        for (var call = 0; call < 2; call++)
        {
            using var failed = await client.Http.GetAsync(new Uri("http://inventory/"), TestService.Token);
        }

        client.Set("MaxRetries", "1");

        await Assert.ThrowsAsync<CircuitBreakerRejectedException>(() => client.Http.GetAsync(new Uri("http://inventory/"), TestService.Token));
        using var other = await client.Http.GetAsync(new Uri("http://elsewhere/"), TestService.Token);
        Assert.Equal(4, upstream.Calls.Count); // two before, and two to the destination whose breaker is closed
    }

    [Fact]
    public async Task New_settings_that_are_wrong_change_nothing()
    {
        var upstream = new Upstream(HttpStatusCode.BadGateway);
        using var client = Create(upstream);
        using var before = await client.Http.GetAsync(new Uri("http://inventory/"), TestService.Token);

        client.Set("MaxRetries", "99");
        using var after = await client.Http.GetAsync(new Uri("http://inventory/"), TestService.Token);

        Assert.Equal(6, upstream.Calls.Count);
    }

    [Fact]
    public void A_second_resilience_handler_is_named()
    {
        using var client = Create(new Upstream(HttpStatusCode.OK), http => http.AddHttpMessageHandler(static () => new ResilienceHandler()));

        var refusal = Assert.Throws<InvalidOperationException>(() => client.Http);

        Assert.StartsWith("The HTTP client 'shop' has a second resilience handler", refusal.Message, StringComparison.Ordinal);
        Assert.EndsWith("set Resilience:Clients:shop:Enabled to false.", refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Development", HttpStatusCode.OK)]
    [InlineData("Production", HttpStatusCode.NotFound)]
    public async Task Whoever_develops_sees_every_pipeline_with_settings_and_state(string environment, HttpStatusCode status)
    {
        await using var service = await TestService.StartAsync(
            configure: static builder => builder.Services.AddHttpClient("shop").ConfigurePrimaryHttpMessageHandler(static () => new Upstream(HttpStatusCode.OK)),
            environment: environment);
        using var client = service.Services.GetRequiredService<IHttpClientFactory>().CreateClient("shop");
        using var called = await client.GetAsync(new Uri("http://inventory/"), TestService.Token);

        using var reply = await service.Client.GetAsync(new Uri("/resilience", UriKind.Relative), TestService.Token);

        Assert.Equal(status, reply.StatusCode);
        if (status == HttpStatusCode.OK)
        {
            var pipelines = (await TestService.ReadAsync(reply)).EnumerateArray().Where(static pipeline => pipeline.GetProperty("name").GetString() == "shop").ToArray();
            Assert.Equal(
                ["timeout", "retry", "hedging", "circuit-breaker", "bulkhead", "timeout"],
                pipelines.SelectMany(static pipeline => pipeline.GetProperty("strategies").EnumerateArray()).Select(static strategy => strategy.GetProperty("kind").GetString()));
            Assert.Equal("closed", pipelines[1].GetProperty("strategies")[0].GetProperty("state").GetProperty("state").GetString());
            Assert.Equal("inventory:80", pipelines[1].GetProperty("partition").GetString());
        }
    }

    private static TestClient Create(Upstream upstream, params (string Key, string Value)[] settings) => Create(upstream, static _ => { }, settings);

    private static TestClient Create(Upstream upstream, Action<IHttpClientBuilder> configure, params (string Key, string Value)[] settings)
    {
        var app = TestService.Build(
            configure: builder => configure(builder.Services.AddHttpClient("shop").ConfigurePrimaryHttpMessageHandler(() => upstream)),
            settings: [("Resilience:Clients:shop:RetryPause", "00:00:00.001"), .. settings]);
        return new(app.Services);
    }

    private sealed record TestClient(IServiceProvider Services) : IDisposable
    {
        private HttpClient? _http;

        public HttpClient Http => _http ??= Services.GetRequiredService<IHttpClientFactory>().CreateClient("shop");

        public void Set(string setting, string value)
        {
            var configuration = (IConfigurationRoot)Services.GetRequiredService<IConfiguration>();
            configuration[$"Resilience:Clients:shop:{setting}"] = value;
            configuration.Reload();
        }

        public void Dispose() => _http?.Dispose();
    }

    // What Microsoft.Extensions.Http.Resilience calls its own.
    private sealed class ResilienceHandler : DelegatingHandler;

    // Answers in the given order, then keeps giving the last answer.
    private sealed class Upstream(params HttpStatusCode[] answers) : HttpMessageHandler
    {
        public List<(string Attempt, string Deadline)> Calls { get; } = [];

        public string? RetryAfter { get; init; }

        public bool Hangs { get; init; }

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Calls.Add((Single(request.Headers, AttemptCount.Header), Single(request.Headers, DeadlineHeaders.ExpectedTimeout)));
            if (Hangs)
            {
                await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
            }

            var reply = new HttpResponseMessage(answers[Math.Min(Calls.Count - 1, answers.Length - 1)]);
            if (RetryAfter is not null)
            {
                reply.Headers.TryAddWithoutValidation("Retry-After", RetryAfter);
            }

            return reply;
        }

        private static string Single(HttpRequestHeaders headers, string name) => headers.GetValues(name).Single();
    }
}
