using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Microsoft.Extensions.Options;
using Resilience.Profiling;
using Xunit;

namespace ServiceDefaults.Tests.Profiling;

public sealed class ProfileEndpointTests : IAsyncLifetime
{
    private const string Secret = "a secret of twenty-some characters";
    private TestService _service = null!;

    public async ValueTask InitializeAsync()
    {
        _service = await StartAsync("Development", Secret);
        using var scope = Profiler.Scope("profile endpoint test");
    }

    public async ValueTask DisposeAsync() => await _service.DisposeAsync();

    [Theory]
    [InlineData("", "text/plain", "profile endpoint test")]
    [InlineData("?format=text", "text/plain", "most time of its own")]
    [InlineData("?format=MARKDOWN", "text/markdown", "| profile endpoint test |")]
    [InlineData("?format=speedscope", "application/json", "file-format-schema.json")]
    [InlineData("?format=folded", "text/plain", "profile endpoint test ")]
    [InlineData("?format=folded&measure=cpu", "text/plain", "profile endpoint test ")]
    public async Task A_profile_comes_in_each_format(string query, string type, string expected)
    {
        using var reply = await SendAsync(HttpMethod.Get, "/profile" + query, Secret);
        var text = await reply.Content.ReadAsStringAsync(TestService.Token);

        Assert.Equal((HttpStatusCode.OK, type), (reply.StatusCode, reply.Content.Headers.ContentType!.MediaType));
        Assert.Contains(expected, text, StringComparison.Ordinal);
        Assert.True(reply.Headers.CacheControl!.NoStore);
        if (type == "application/json")
        {
            using var json = JsonDocument.Parse(text);
        }
    }

    [Theory]
    [InlineData(null)]
    [InlineData("Bearer")]
    [InlineData("Bearer a secret of twenty-some character")]
    [InlineData("Basic a secret of twenty-some characters")]
    public async Task Without_the_token_it_is_401_and_says_nothing(string? authorization)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/profile");
        if (authorization is not null)
        {
            request.Headers.TryAddWithoutValidation("Authorization", authorization);
        }

        using var reply = await _service.Client.SendAsync(request, TestService.Token);
        var problem = await TestService.ReadAsync(reply);

        Assert.Equal((HttpStatusCode.Unauthorized, "Bearer"), (reply.StatusCode, reply.Headers.WwwAuthenticate.ToString()));
        Assert.Equal(("token_required", false), (problem.GetProperty("code").GetString(), problem.GetProperty("retryable").GetBoolean()));
        Assert.Equal("application/problem+json", reply.Content.Headers.ContentType!.MediaType);
        Assert.DoesNotContain("profile endpoint test", problem.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_reset_needs_the_token_as_well()
    {
        using var reply = await SendAsync(HttpMethod.Delete, "/profile", "some other secret");

        Assert.Equal(HttpStatusCode.Unauthorized, reply.StatusCode);
    }

    [Theory]
    [InlineData("format", "xml", "'xml' isn't one of text, markdown, speedscope or folded.")]
    [InlineData("format", "3", "'3' isn't one of text, markdown, speedscope or folded.")]
    [InlineData("format", "text,folded", "'text,folded' isn't one of text, markdown, speedscope or folded.")]
    [InlineData("measure", "heat", "'heat' isn't one of wall, cpu or bytes.")]
    public async Task What_it_does_not_know_is_400_and_names_the_field(string field, string value, string expected)
    {
        using var reply = await SendAsync(HttpMethod.Get, $"/profile?{field}={value}", Secret);
        var problem = await TestService.ReadAsync(reply);

        Assert.Equal((HttpStatusCode.BadRequest, "validation"), (reply.StatusCode, problem.GetProperty("code").GetString()));
        Assert.Equal(expected, problem.GetProperty("errors").GetProperty(field)[0].GetString());
    }

    [Theory]
    [InlineData("Production", Secret, "Not Found")]
    [InlineData("Staging", Secret, "Not Found")]
    [InlineData("Development", null, "ServiceDefaults:Profiling:Token")]
    public async Task Outside_of_Development_or_without_a_token_set_there_is_none(string environment, string? token, string expected)
    {
        await using var service = await StartAsync(environment, token);
        using var request = new HttpRequestMessage(HttpMethod.Get, "/profile") { Headers = { Authorization = new("Bearer", Secret) } };
        using var reply = await service.Client.SendAsync(request, TestService.Token);
        var problem = await TestService.ReadAsync(reply);

        Assert.Equal((HttpStatusCode.NotFound, "not_found"), (reply.StatusCode, problem.GetProperty("code").GetString()));
        Assert.Contains(expected, problem.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_token_that_is_too_short_stops_the_start()
    {
        var refusal = await Assert.ThrowsAsync<OptionsValidationException>(static () => StartAsync("Development", "short"));

        Assert.Contains("ServiceDefaults:Profiling:Token has 5 characters, which must be at least 16.", refusal.Message, StringComparison.Ordinal);
    }

    private static Task<TestService> StartAsync(string environment, string? token) => token is null
        ? TestService.StartAsync(environment: environment)
        : TestService.StartAsync(environment: environment, settings: ("ServiceDefaults:Profiling:Token", token));

    private async Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, string token)
    {
        using var request = new HttpRequestMessage(method, path);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return await _service.Client.SendAsync(request, TestService.Token);
    }
}
