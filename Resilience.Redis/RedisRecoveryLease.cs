using System.Globalization;
using Resilience.Measurement;
using Resilience.Recovery;
using StackExchange.Redis;

namespace Resilience.Redis;

/// <summary>Has a fleet recover itself in parts: as many instances as their share allows hold a lease at a time, one always may.</summary>
/// <remarks>
/// Instances count themselves, every five seconds, and are forgotten half a minute after they were last seen. Without Redis there is no lease, so nothing is
/// done: what all instances see at once is then as likely the network as they. A limit for the fleet's good, not a lock: whoever stands still for longer than
/// a lease holds may find another acting beside it. Safe for concurrent use.
/// </remarks>
public sealed class RedisRecoveryLease : IRecoveryLease, IAsyncDisposable
{
    private const string Prefix = "{resilience}:";
    private static readonly TimeSpan _interval = TimeSpan.FromSeconds(5);
    private static readonly RedisScript _script = RedisScript.Read("Lease.lua");

    private readonly IConnectionMultiplexer _redis;
    private readonly RedisKey[] _keys;
    private readonly TimeSpan _counts;
    private readonly TimeProvider _time;
    private readonly StopOnce _stop = new();
    private Task _loop = Task.CompletedTask;

    /// <summary>Makes the leases of a fleet. The instance counts from its first question, or from <see cref="Start"/> on.</summary>
    /// <param name="redis">The connection. It may be shared; it need not be connected.</param>
    /// <param name="fleet">What the fleet is called: the same in each of its instances, such as the service's name.</param>
    /// <param name="node">What this instance is called; the machine and the process by default.</param>
    /// <param name="time">Where time comes from; the system's by default. How long a lease holds is for the server's clock to say.</param>
    public RedisRecoveryLease(IConnectionMultiplexer redis, string fleet, string? node = null, TimeProvider? time = null)
        : this(redis, fleet, node, time, _interval * 6)
    {
    }

    internal RedisRecoveryLease(IConnectionMultiplexer redis, string fleet, string? node, TimeProvider? time, TimeSpan counts)
    {
        ArgumentNullException.ThrowIfNull(redis);
        ArgumentException.ThrowIfNullOrEmpty(fleet);

        (_redis, _counts, _time) = (redis, counts, time ?? SystemTime.Provider);
        Node = node ?? $"{Environment.MachineName}/{Environment.ProcessId}";
        _keys = [$"{Prefix}instances:{fleet}", $"{Prefix}leases:{fleet}"];
    }

    /// <summary>Gets what this instance is called.</summary>
    public string Node { get; }

    /// <summary>Begins to count this instance, in the background, until it is disposed. Once.</summary>
    public void Start()
    {
        // Whoever starts it must not have his context live for as long as the loop does.
        using (ExecutionContext.SuppressFlow())
        {
            _loop = Task.Run(StayAsync);
        }
    }

    /// <inheritdoc />
    /// <remarks>The token is not heeded: a lease that comes late must come, or nobody could give it back.</remarks>
    public async ValueTask<IAsyncDisposable?> TryAcquireAsync(RecoveryLeaseRequest request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);

        var taken = new Taken(this, $"{Node}/{Guid.NewGuid():N}");
        var answer = await RunAsync("take", taken.Name, request.Share.ToString(CultureInfo.InvariantCulture), (long)request.TimeToLive.TotalMilliseconds).ConfigureAwait(false);
        return (int)answer == 1 ? taken : null;
    }

    /// <summary>Counts this instance no longer: the others hear of it, if Redis is there to tell them.</summary>
    /// <returns>When it has ended.</returns>
    public async ValueTask DisposeAsync()
    {
        if (_stop.TryStop())
        {
            await _loop.ConfigureAwait(false);
            await ((Task)RunAsync("leave")).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing); // it is forgotten by itself
        }
    }

    private async Task StayAsync()
    {
        while (!_stop.IsStopped)
        {
            await ((Task)RunAsync("stay")).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing); // six times, before it counts no longer
            await Task.Delay(_interval, _time, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private Task<RedisResult> RunAsync(string wants, params RedisValue[] of) => _script.RunAsync(_redis, _keys, [Node, (long)_counts.TotalMilliseconds, wants, .. of]);

    private sealed class Taken(RedisRecoveryLease leases, string name) : IAsyncDisposable
    {
        public string Name => name;

        public async ValueTask DisposeAsync() => await leases.RunAsync("give", name).ConfigureAwait(false);
    }
}
