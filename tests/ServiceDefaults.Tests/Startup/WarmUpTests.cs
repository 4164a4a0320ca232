using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using ServiceDefaults.Startup;
using Xunit;

namespace ServiceDefaults.Tests.Startup;

public sealed class WarmUpTests
{
    [Fact]
    public async Task A_service_asks_itself_before_it_lets_others_in()
    {
        var asked = new TaskCompletionSource();
        var isDoneWhenAsked = true;
        await using var service = await TestService.StartAsync(
            app => app.MapPost("/orders", (StartupState startup) =>
            {
                isDoneWhenAsked = startup.IsDone;
                asked.SetResult();
            }),
            static builder => builder.AddWarmUp(static (services, cancellationToken) =>
                services.GetRequiredService<WarmUpRequests>().SendAsync(HttpMethod.Post, "/orders", "{}", cancellationToken)));

        await asked.Task.WaitAsync(TimeSpan.FromSeconds(20), TestService.Token);

        Assert.False(isDoneWhenAsked);
    }

    [Fact]
    public async Task A_stranger_with_the_header_waits_like_all_others()
    {
        await using var service = await TestService.StartAsync(
            static app => app.MapGet("/orders", static () => "in"),
            static builder => builder.AddStartupWork("migrations", static (_, cancellationToken) => Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken)));
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri("/orders", UriKind.Relative));
        request.Headers.Add("x-warm-up", "0123456789ABCDEF0123456789ABCDEF");

        using var reply = await service.Client.SendAsync(request, TestService.Token);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, reply.StatusCode);
    }

    [Fact]
    public async Task A_warm_up_that_fails_does_not_keep_the_service_from_starting()
    {
        await using var service = await TestService.StartAsync(configure: static builder => builder.AddWarmUp(static (_, _) => throw new InvalidOperationException("cold")));

        await service.Services.GetRequiredService<StartupState>().WaitAsync(TestService.Token).WaitAsync(TimeSpan.FromSeconds(20), TestService.Token);
    }

    [Fact]
    public async Task The_path_to_another_service_is_warmed_when_that_one_has_started()
    {
        var migrations = new TaskCompletionSource();
        var warmed = new TaskCompletionSource();
        await using var other = await TestService.StartAsync(
            configure: builder => builder.AddStartupWork("migrations", (_, cancellationToken) => migrations.Task.WaitAsync(cancellationToken)));
        await using var service = await TestService.StartAsync(
            configure: builder => builder.AddWarmUp("other", (_, _) =>
            {
                warmed.SetResult();
                return Task.CompletedTask;
            }),
            settings: ("services:other:http:0", other.Address.ToString()));
        await service.Services.GetRequiredService<StartupState>().WaitAsync(TestService.Token);
        Assert.False(warmed.Task.IsCompleted);

        migrations.SetResult();

        await warmed.Task.WaitAsync(TimeSpan.FromSeconds(20), TestService.Token);
    }
}
