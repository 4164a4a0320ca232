using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using Microsoft.Extensions.Hosting;
using StackExchange.Redis;
using StackExchange.Redis.Profiling;

namespace ServiceDefaults.Data;

/// <summary>Makes a span of every Redis command that a traced activity sends, under OpenTelemetry's conventions for databases.</summary>
/// <remarks>
/// Spans are made after the fact, twice a second, with the times that the client measured, so sending costs a counter. Commands outside
/// a sampled activity aren't followed. At most 10,000 activities are followed at a time; further ones go without these spans.
/// Source: OpenTelemetry semantic conventions 1.37, "Semantic conventions for Redis". The client tells that a command failed and not how, so
/// <c>error.type</c> is the conventions' <c>_OTHER</c>.
/// </remarks>
internal sealed class RedisTracing(TimeProvider clock) : BackgroundService
{
    public const string SourceName = "Resilience.Redis";
    private const string Property = SourceName;
    private const int MaxFollowed = 10_000;

    private static readonly TimeSpan _drainEvery = TimeSpan.FromMilliseconds(500);
    private static readonly ActivitySource _source = new(SourceName);
    private readonly ConcurrentQueue<RedisCalls> _followed = new();

    /// <summary>Gets how many activities are followed.</summary>
    public int Followed => _followed.Count;

    /// <summary>Follows the commands of a client.</summary>
    public void Follow(IConnectionMultiplexer redis) => redis.RegisterProfiler(Begin);

    /// <summary>Makes the spans of all commands that have ended.</summary>
    public void Drain()
    {
        for (var count = _followed.Count; count > 0 && _followed.TryDequeue(out var calls); count--)
        {
            var isOver = calls.TryClose(); // before taking, so that what is taken is all
            foreach (var command in calls.Take())
            {
                Trace(command, calls.Parent);
            }

            if (!isOver && !calls.TryClose())
            {
                _followed.Enqueue(calls);
            }
        }
    }

    /// <inheritdoc />
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        Drain();
    }

    /// <inheritdoc />
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(_drainEvery, clock);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            Drain();
        }
    }

    private ProfilingSession? Begin()
    {
        if (!_source.HasListeners() || Activity.Current is not { Recorded: true } activity)
        {
            return null;
        }

        if (activity.GetCustomProperty(Property) is RedisCalls { IsClosed: false } known)
        {
            return known.Begin();
        }

        if (_followed.Count >= MaxFollowed)
        {
            return null;
        }

        var calls = new RedisCalls(activity);
        var session = calls.Begin();
        activity.SetCustomProperty(Property, calls);
        _followed.Enqueue(calls);
        return session;
    }

    private static void Trace(IProfiledCommand command, ActivityContext parent)
    {
        using var span = _source.StartActivity(
            command.Command, ActivityKind.Client, parent, tags: null, links: null, startTime: new DateTimeOffset(command.CommandCreated));
        if (span is null)
        {
            return;
        }

        span.SetTag("db.system.name", "redis");
        span.SetTag("db.operation.name", command.Command);
        span.SetTag("db.namespace", command.Db.ToString(CultureInfo.InvariantCulture));
        switch (command.EndPoint)
        {
            case DnsEndPoint name:
                span.SetTag("server.address", name.Host);
                span.SetTag("server.port", name.Port);
                break;
            case IPEndPoint address:
                span.SetTag("server.address", address.Address.ToString());
                span.SetTag("server.port", address.Port);
                break;
        }

        // The client takes the time between an answer and its result, and there is no result of an error or of no answer.
        if (command.ResponseToCompletion == TimeSpan.Zero)
        {
            span.SetTag("error.type", "_OTHER");
            span.SetStatus(ActivityStatusCode.Error);
        }

        span.SetEndTime(command.CommandCreated + command.ElapsedTime);
    }
}
