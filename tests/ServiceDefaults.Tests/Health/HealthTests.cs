using System.Net;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Time.Testing;
using Resilience.CircuitBreakers;
using Resilience.Pipelines;
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

        var (reply, health) = await CheckedAsync(service, "store");
        using var alive = await service.GetAsync("/alive");

        Assert.Equal((expected, status.ToString()), ((int)reply, health.GetProperty("status").GetString()));
        Assert.Equal(HttpStatusCode.OK, alive.StatusCode); // a restart wouldn't mend a dependency
    }

    [Fact]
    public async Task What_was_not_checked_yet_is_not_ready()
    {
        await using var service = await StartAsync(static () => HealthCheckResult.Healthy(), new FakeTimeProvider());

        var (reply, health) = await service.UntilHealthAsync(static _ => true);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, reply);
        Assert.Equal("Not checked yet.", HealthReplies.Of("store", health).GetProperty("description").GetString());
    }

    [Theory]
    [InlineData("Development", true)]
    [InlineData("Production", false)]
    public async Task The_text_of_an_exception_is_for_developers(string environment, bool isShown)
    {
        await using var service = await StartAsync(() => throw new InvalidOperationException("canary"), environment: environment);

        var (reply, health) = await CheckedAsync(service, "store");

        Assert.Equal(HttpStatusCode.ServiceUnavailable, reply);
        Assert.Equal(isShown, health.GetRawText().Contains("canary", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Whoever_asks_how_often_makes_no_check_run()
    {
        var clock = new FakeTimeProvider();
        var runs = 0;
        await using var service = await StartAsync(
            () =>
            {
                Interlocked.Increment(ref runs);
                return HealthCheckResult.Healthy();
            },
            clock);
        // The monitor begins on a thread of its own, and its first checks are due at once from then on.
        var isChecked = CheckedAsync(service, "store");
        while (!isChecked.IsCompleted)
        {
            clock.Advance(TimeSpan.FromMilliseconds(1));
            await Task.WhenAny(isChecked, Task.Delay(TimeSpan.FromMilliseconds(10), TestService.Token));
        }

        await isChecked;

        for (var asked = 0; asked < 20; asked++)
        {
            using var reply = await service.GetAsync("/health");
        }

        Assert.Equal(1, runs);
        clock.Advance(TimeSpan.FromSeconds(1.5));
        using var aged = await service.GetAsync("/health");
        Assert.Equal((TimeSpan.FromSeconds(1), true), (aged.Headers.Age, aged.Headers.CacheControl?.NoStore));
        Assert.InRange(HealthReplies.Of("store", await TestService.ReadAsync(aged)).GetProperty("ageSeconds").GetDouble(), 1.5, 1.9);
    }

    [Fact]
    public async Task A_report_says_since_when_and_what_went_before()
    {
        var isUp = true;
        await using var service = await StartAsync(
            () => Volatile.Read(ref isUp) ? HealthCheckResult.Healthy() : HealthCheckResult.Unhealthy("gone"), environment: "Development", settings: ("Resilience:Health:Checks:store:Period", "00:00:00.1"));
        await CheckedAsync(service, "store");
        Volatile.Write(ref isUp, false);

        var (_, health) = await service.UntilHealthAsync(static health => HealthReplies.Of("store", health).GetProperty("status").GetString() == "Unhealthy");

        var store = HealthReplies.Of("store", health);
        Assert.Equal("gone", store.GetProperty("description").GetString());
        Assert.Equal("gone", store.GetProperty("lastError").GetString());
        Assert.Equal(["Unhealthy", "Healthy"], store.GetProperty("history").EnumerateArray().Select(static change => change.GetProperty("status").GetString()));
        Assert.Equal(store.GetProperty("since").GetDateTimeOffset(), store.GetProperty("history")[0].GetProperty("at").GetDateTimeOffset());
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

        var (reply, health) = await CheckedAsync(service, "stuck");

        Assert.Equal((HttpStatusCode.ServiceUnavailable, "No answer within 1 s."), (reply, HealthReplies.Of("stuck", health).GetProperty("description").GetString()));
    }

    [Fact]
    public async Task A_service_with_an_open_breaker_serves_and_says_which()
    {
        await using var service = await TestService.StartAsync();
        var breaker = new CircuitBreaker("payments", new());
        service.Services.GetRequiredService<ResilienceCatalogue>().Add("payments", CatalogueEntry.For(breaker));
        breaker.Isolate();

        var (reply, health) = await service.UntilHealthAsync(static health =>
            HealthReplies.Of("pipelines", health).GetProperty("results").GetInt64() > 0 && HealthReplies.StatusOf("pipelines", health) == "Degraded");

        Assert.Equal((HttpStatusCode.OK, "Degraded"), (reply, health.GetProperty("status").GetString()));
        Assert.Equal("payments: the breaker is isolated.", HealthReplies.Of("pipelines", health).GetProperty("description").GetString());
        GC.KeepAlive(breaker);
    }

    private static Task<TestService> StartAsync(
        Func<HealthCheckResult> check, FakeTimeProvider? clock = null, string environment = "Production", params (string Key, string Value)[] settings) => TestService.StartAsync(
        configure: builder =>
        {
            builder.Services.AddHealthChecks().AddCheck("store", check);
            if (clock is not null)
            {
                builder.Services.AddSingleton<TimeProvider>(clock);
            }
        },
        environment: environment,
        settings: settings);

    private static Task<(HttpStatusCode Status, JsonElement Health)> CheckedAsync(TestService service, string check) =>
        service.UntilHealthAsync(health => ((string[])[check, "pipelines", "system"]).All(each => HealthReplies.Of(each, health).GetProperty("results").GetInt64() > 0));
}
