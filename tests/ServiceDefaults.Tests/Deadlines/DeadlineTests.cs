using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Resilience.Deadlines;
using ServiceDefaults.Deadlines;
using Xunit;

namespace ServiceDefaults.Tests.Deadlines;

public sealed class DeadlineTests
{
    [Theory]
    [InlineData("500m", null, 500d)]
    [InlineData("2S", null, 2_000d)]
    [InlineData("1H", null, 3_600_000d)]
    [InlineData("99999999H", null, double.MaxValue)]
    [InlineData("250000u", null, 250d)]
    [InlineData("1000000n", null, 1d)]
    [InlineData("0m", null, 0d)]
    [InlineData("2S", "700", 2_000d)]
    [InlineData("soon", "700", 700d)]
    [InlineData("123456789S", "700", 700d)]
    [InlineData(null, "0", 0d)]
    [InlineData(null, "99999999999999999999999", double.MaxValue)]
    [InlineData(null, "-5", null)]
    [InlineData(null, "+5", null)]
    [InlineData(null, "NaN", null)]
    [InlineData(null, "1e3", null)]
    [InlineData(null, " 5", null)]
    [InlineData(null, "١٢", null)]
    [InlineData(null, "", null)]
    [InlineData("m", null, null)]
    [InlineData("-1S", null, null)]
    public void Headers_are_read_in_order_and_nonsense_is_nothing(string? grpc, string? envoy, double? milliseconds)
    {
        var headers = new HeaderDictionary { [DeadlineHeaders.GrpcTimeout] = grpc, [DeadlineHeaders.ExpectedTimeout] = envoy };

        var read = HopHeaders.ReadTime(headers)?.TotalMilliseconds;

        Assert.Equal(milliseconds is null ? null : Math.Min(milliseconds.Value, TimeSpan.MaxValue.TotalMilliseconds), read is > 1e14 ? TimeSpan.MaxValue.TotalMilliseconds : read);
    }

    [Theory]
    [InlineData(1000, "950")]
    [InlineData(1, "1")]
    public void A_hop_hands_on_all_but_5_percent_and_never_nothing(int left, string header) =>
        Assert.Equal(header, HopHeaders.WriteTime(TimeSpan.FromMilliseconds(left)));

    [Theory]
    [InlineData(null, 10_000)]
    [InlineData(0, 50)]
    [InlineData(3_000, 3_000)]
    [InlineData(3_600_000, 10_000)]
    public void An_edge_gives_every_request_a_deadline_within_its_bounds(int? asked, int chosen)
    {
        var edge = new DeadlineOptions
        {
            Default = TimeSpan.FromSeconds(10),
            Shortest = TimeSpan.FromMilliseconds(50),
            Longest = TimeSpan.FromSeconds(10),
        };

        Assert.Equal(TimeSpan.FromMilliseconds(chosen), edge.Choose(asked is { } given ? TimeSpan.FromMilliseconds(given) : null));
    }

    [Fact]
    public void A_deadline_runs_on_the_clock()
    {
        var clock = new FakeTimeProvider();
        using var scope = Deadline.Begin(TimeSpan.FromSeconds(2), clock);
        var deadline = scope.Deadline!;

        clock.Advance(TimeSpan.FromSeconds(1.5));

        Assert.Equal(TimeSpan.FromSeconds(0.5), deadline.Remaining);
        Assert.False(deadline.IsExpired);
        clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(TimeSpan.Zero, deadline.Remaining);
        Assert.True(deadline.IsExpired);
    }

    [Fact]
    public async Task Work_is_given_up_when_the_caller_stops_waiting()
    {
        var clock = new FakeTimeProvider();
        var working = new TaskCompletionSource();
        await using var service = await StartAsync(clock, async cancellationToken =>
        {
            working.SetResult();
            await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
        });

        var asking = AskAsync(service, "300");
        await working.Task.WaitAsync(TestService.Token);
        clock.Advance(TimeSpan.FromMilliseconds(300));
        using var reply = await asking;
        var problem = await TestService.ReadAsync(reply);

        Assert.Equal(HttpStatusCode.GatewayTimeout, reply.StatusCode);
        Assert.Equal("/problems/deadline-exceeded", problem.GetProperty("type").GetString());
        Assert.Equal(300, problem.GetProperty("budgetMs").GetInt64());
        Assert.Equal(300, problem.GetProperty("elapsedMs").GetInt64());
    }

    [Fact]
    public async Task A_request_without_time_is_refused_without_work()
    {
        var calls = 0;
        await using var service = await StartAsync(new FakeTimeProvider(), _ =>
        {
            calls++;
            return Task.CompletedTask;
        });

        using var reply = await AskAsync(service, "0");

        Assert.Equal(HttpStatusCode.GatewayTimeout, reply.StatusCode);
        Assert.Equal(0, calls);
    }

    [Theory]
    [InlineData("garbage", null)]
    [InlineData("250", 250d)]
    [InlineData("99999999", 60_000d)]
    public async Task Code_sees_the_deadline_of_its_request(string header, double? budget)
    {
        Deadline? seen = null;
        await using var service = await StartAsync(new FakeTimeProvider(), async _ =>
        {
            await Task.Yield();
            seen = Deadline.Current;
        });

        using var reply = await AskAsync(service, header);

        Assert.Equal(HttpStatusCode.OK, reply.StatusCode);
        Assert.Equal(budget, seen?.Budget.TotalMilliseconds);
    }

    private static Task<TestService> StartAsync(FakeTimeProvider clock, Func<CancellationToken, Task> work) => TestService.StartAsync(
        app => app.MapGet("/work", async (CancellationToken cancellationToken) => await work(cancellationToken)),
        builder => builder.Services.AddSingleton<TimeProvider>(clock));

    private static async Task<HttpResponseMessage> AskAsync(TestService service, string milliseconds)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/work");
        request.Headers.TryAddWithoutValidation(DeadlineHeaders.ExpectedTimeout, milliseconds);
        return await service.Client.SendAsync(request, TestService.Token);
    }
}
