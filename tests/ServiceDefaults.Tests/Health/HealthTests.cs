using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace ServiceDefaults.Tests.Health;

public sealed class HealthTests
{
    [Theory]
    [InlineData(HealthStatus.Healthy, 200)]
    [InlineData(HealthStatus.Degraded, 200)]
    [InlineData(HealthStatus.Unhealthy, 503)]
    public async Task Health_is_the_worst_check_and_a_degraded_service_serves(HealthStatus status, int expected)
    {
        await using var service = await StartAsync(() => new(status));

        using var reply = await GetAsync(service, "/health");
        using var alive = await GetAsync(service, "/alive");

        Assert.Equal(expected, (int)reply.StatusCode);
        Assert.Equal(status.ToString(), (await TestService.ReadAsync(reply)).GetProperty("status").GetString());
        Assert.Equal(HttpStatusCode.OK, alive.StatusCode); // a restart wouldn't mend a dependency
    }

    [Theory]
    [InlineData("Development", true)]
    [InlineData("Production", false)]
    public async Task The_text_of_an_exception_is_for_developers(string environment, bool isShown)
    {
        await using var service = await StartAsync(() => throw new InvalidOperationException("canary"), environment: environment);

        using var reply = await GetAsync(service, "/health");

        Assert.Equal(HttpStatusCode.ServiceUnavailable, reply.StatusCode);
        Assert.Equal(isShown, (await reply.Content.ReadAsStringAsync(TestService.Token)).Contains("canary", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Whoever_asks_within_two_seconds_shares_a_run()
    {
        var clock = new FakeTimeProvider();
        var runs = 0;
        await using var service = await StartAsync(
            () =>
            {
                runs++;
                return HealthCheckResult.Healthy();
            },
            clock);

        using var first = await GetAsync(service, "/health");
        clock.Advance(TimeSpan.FromSeconds(1.9));
        using var second = await GetAsync(service, "/health");
        Assert.Equal(1, runs);

        clock.Advance(TimeSpan.FromSeconds(0.2));
        using var third = await GetAsync(service, "/health");
        Assert.Equal(2, runs);
    }

    [Fact]
    public async Task A_check_that_does_not_answer_is_unhealthy_after_its_second()
    {
        await using var service = await TestService.StartAsync(configure: static builder => builder.Services.AddHealthChecks().AddAsyncCheck(
            "stuck",
            static async cancellationToken =>
            {
                await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
                return HealthCheckResult.Healthy();
            }));

        using var reply = await GetAsync(service, "/health");

        Assert.Equal("Unhealthy", (await TestService.ReadAsync(reply)).GetProperty("checks").GetProperty("stuck").GetProperty("status").GetString());
    }

    private static Task<TestService> StartAsync(
        Func<HealthCheckResult> check, FakeTimeProvider? clock = null, string environment = "Production") => TestService.StartAsync(
        configure: builder =>
        {
            builder.Services.AddHealthChecks().AddCheck("store", check);
            if (clock is not null)
            {
                builder.Services.AddSingleton<TimeProvider>(clock);
            }
        },
        environment: environment);

    private static Task<HttpResponseMessage> GetAsync(TestService service, string path) =>
        service.Client.GetAsync(new Uri(path, UriKind.Relative), TestService.Token);
}
