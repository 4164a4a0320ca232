using System.Diagnostics;
using Microsoft.Extensions.Time.Testing;
using ServiceDefaults.Data;
using StackExchange.Redis;
using Xunit;

namespace ServiceDefaults.Tests.Data;

[Collection("Activity listeners")]
public sealed class RedisTracingTests : IAsyncLifetime
{
    private const string Requests = "ServiceDefaults.Tests.Requests";
    private static readonly ActivitySource _requests = new(Requests);
    private readonly List<Activity> _spans = [];
    private readonly FakeRedis _server = new();
    private readonly RedisTracing _tracing = new(new FakeTimeProvider());
    private readonly ActivityListener _listener;
    private ConnectionMultiplexer _redis = null!;

    public RedisTracingTests()
    {
        _listener = new()
        {
            ShouldListenTo = static source => source.Name is RedisTracing.SourceName or Requests,
            Sample = static (ref _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = activity =>
            {
                if (activity.Source.Name == RedisTracing.SourceName)
                {
                    _spans.Add(activity);
                }
            },
        };
        ActivitySource.AddActivityListener(_listener);
    }

    public async ValueTask InitializeAsync()
    {
        _redis = await ConnectionMultiplexer.ConnectAsync($"127.0.0.1:{_server.Port},abortConnect=false,asyncTimeout=200,connectTimeout=2000");
        _tracing.Follow(_redis);
    }

    public async ValueTask DisposeAsync()
    {
        _listener.Dispose();
        _tracing.Dispose();
        await _redis.DisposeAsync();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task A_command_is_a_span_of_its_request_under_the_conventions()
    {
        using var request = _requests.StartActivity("request")!;
        await _redis.GetDatabase().StringGetAsync("key");
        request.Stop();

        _tracing.Drain();

        var span = Assert.Single(_spans);
        Assert.Equal(("GET", ActivityKind.Client), (span.DisplayName, span.Kind));
        Assert.Equal((request.TraceId, request.SpanId), (span.TraceId, span.ParentSpanId));
        Assert.Equal("redis", span.GetTagItem("db.system.name"));
        Assert.Equal("GET", span.GetTagItem("db.operation.name"));
        Assert.Equal("0", span.GetTagItem("db.namespace"));
        Assert.Equal("127.0.0.1", span.GetTagItem("server.address"));
        Assert.Equal(_server.Port, span.GetTagItem("server.port"));
        Assert.Null(span.GetTagItem("error.type"));
        Assert.InRange(span.StartTimeUtc, request.StartTimeUtc.AddMilliseconds(-20), request.StartTimeUtc + request.Duration);
        Assert.InRange(span.Duration, TimeSpan.FromTicks(1), request.Duration);
    }

    [Theory]
    [InlineData(true, "GET")]
    [InlineData(false, "INCR")]
    public async Task A_command_without_an_answer_or_refused_is_an_error(bool isDeaf, string command)
    {
        _server.IsDeaf = isDeaf;
        using var request = _requests.StartActivity("request")!;
        await Assert.ThrowsAnyAsync<Exception>(() => _redis.GetDatabase().ExecuteAsync(command, "key"));
        request.Stop();

        _tracing.Drain();

        var span = Assert.Single(_spans);
        Assert.Equal("_OTHER", span.GetTagItem("error.type"));
        Assert.Equal(ActivityStatusCode.Error, span.Status);
    }

    [Fact]
    public async Task A_request_is_followed_until_its_last_command_has_ended_and_then_forgotten()
    {
        using var request = _requests.StartActivity("request")!;
        var command = _redis.GetDatabase().StringSetAsync("key", "value");
        _tracing.Drain();
        Assert.Equal(1, _tracing.Followed); // it may send more

        await command;
        request.Stop();
        _tracing.Drain();

        Assert.Single(_spans);
        Assert.Equal(0, _tracing.Followed);
    }

    [Fact]
    public async Task A_command_sent_after_its_request_ended_is_traced_too()
    {
        var request = _requests.StartActivity("request")!;
        await _redis.GetDatabase().StringGetAsync("key");
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var goingOn = GoOnAsync(() => ended.Task.WaitAsync(TestService.Token)); // by itself, as a cache's shared load does
        request.Stop();
        _tracing.Drain();
        ended.SetResult();
        await goingOn;
        _tracing.Drain();

        async Task GoOnAsync(Func<Task> start)
        {
            await start();
            await _redis.GetDatabase().StringGetAsync("key");
        }

        Assert.Equal(2, _spans.Count);
        Assert.Equal(0, _tracing.Followed);
    }

    [Fact]
    public async Task Commands_outside_any_request_are_not_collected()
    {
        await _redis.GetDatabase().StringGetAsync("key");

        _tracing.Drain();

        Assert.Empty(_spans);
        Assert.Equal(0, _tracing.Followed);
    }
}
