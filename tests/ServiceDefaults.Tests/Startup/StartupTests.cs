using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Time.Testing;
using ServiceDefaults.Startup;
using Xunit;

namespace ServiceDefaults.Tests.Startup;

[Collection("The process's exit code")]
public sealed class StartupTests
{
    [Fact]
    public async Task A_service_listens_at_once_and_serves_when_its_work_is_done()
    {
        var work = new TaskCompletionSource();
        await using var service = await StartAsync(cancellationToken => work.Task.WaitAsync(cancellationToken));

        Assert.Equal(HttpStatusCode.ServiceUnavailable, await StatusAsync(service, "/work"));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await StatusAsync(service, "/startup"));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await StatusAsync(service, "/health"));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(service, "/alive"));

        work.SetResult();
        await service.Services.GetRequiredService<StartupState>().WaitAsync(TestService.Token);

        Assert.Equal(HttpStatusCode.OK, await StatusAsync(service, "/work"));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(service, "/startup"));
    }

    [Fact]
    public async Task A_request_that_comes_a_little_too_early_waits_and_is_served()
    {
        var work = new TaskCompletionSource();
        await using var service = await StartAsync(cancellationToken => work.Task.WaitAsync(cancellationToken));

        var early = service.Client.GetAsync(new Uri("/work", UriKind.Relative), TestService.Token);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await StatusAsync(service, "/work")); // this one has come later, with less patience
        Assert.False(early.IsCompleted);
        work.SetResult();

        using var reply = await early;
        Assert.Equal(HttpStatusCode.OK, reply.StatusCode);
    }

    [Theory]
    [InlineData("postgres", "postgres")]
    [InlineData(null, "migrations")]
    public async Task Who_is_refused_meanwhile_hears_what_is_waited_for(string? needs, string dependency)
    {
        await using var service = await StartAsync(static cancellationToken => Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken), needs: needs);
        JsonElement refusal;
        do
        {
            using var reply = await GetImpatientlyAsync(service, "/work");
            refusal = await reply.Content.ReadFromJsonAsync<JsonElement>(TestService.Token);
        }
        while (refusal.GetProperty("dependency").GetString() == "startup"); // not begun yet

        Assert.Equal(dependency, refusal.GetProperty("dependency").GetString());
    }

    [Fact]
    public async Task Work_whose_store_is_away_is_tried_until_it_is_back()
    {
        var clock = new FakeTimeProvider();
        var runs = 0;
        await using var service = await StartAsync(
            _ => ++runs < 3 ? throw new TimeoutException() : Task.CompletedTask,
            builder => builder.Services.AddSingleton<TimeProvider>(clock));

        var done = service.Services.GetRequiredService<StartupState>().WaitAsync(TestService.Token);
        while (!done.IsCompleted)
        {
            clock.Advance(TimeSpan.FromMilliseconds(100));
            await Task.Yield();
        }

        Assert.Equal(3, runs);
    }

    [Fact]
    public async Task Work_that_cannot_succeed_ends_the_process_with_code_1()
    {
        var before = Environment.ExitCode;
        try
        {
            await using var service = await StartAsync(static _ => throw new InvalidOperationException("The script is wrong."));
            var stopping = new TaskCompletionSource();
            using var registration = service.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping.Register(stopping.SetResult);

            await stopping.Task.WaitAsync(TestService.Token);

            Assert.Equal(1, Environment.ExitCode);
        }
        finally
        {
            Environment.ExitCode = before;
        }
    }

    private static Task<TestService> StartAsync(
        Func<CancellationToken, Task> work, Action<WebApplicationBuilder>? configure = null, string? needs = null) => TestService.StartAsync(
        static app => app.MapGet("/work", static () => "done"),
        builder =>
        {
            configure?.Invoke(builder);
            builder.AddStartupWork("migrations", (_, cancellationToken) => work(cancellationToken), needs);
        });

    private static async Task<HttpStatusCode> StatusAsync(TestService service, string path)
    {
        using var reply = await GetImpatientlyAsync(service, path);
        return reply.StatusCode;
    }

    private static async Task<HttpResponseMessage> GetImpatientlyAsync(TestService service, string path)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Add("x-envoy-expected-rq-timeout-ms", "300");
        return await service.Client.SendAsync(request, TestService.Token);
    }
}
