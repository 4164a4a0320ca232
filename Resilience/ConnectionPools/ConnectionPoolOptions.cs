using System.ComponentModel.DataAnnotations;
using Resilience.Measurement;
using Resilience.Validation;

namespace Resilience.ConnectionPools;

/// <summary>Says how many connections a pool has, for how long, and who may wait for them.</summary>
public sealed class ConnectionPoolOptions
{
    internal const int MostConnections = 10_000;

    /// <summary>Gets or sets how many idle connections are kept ready, on top of those in use.</summary>
    /// <value>A number of connections from 0 to 10000; 0 by default. Higher meets a burst without connecting, and holds more of the server.</value>
    [Range(0, 10_000)]
    public int MinIdle { get; set; }

    /// <summary>Gets or sets how many connections there are at most, overflow aside.</summary>
    /// <value>A number of connections from 1 to 10000; 20 by default. Higher lets more work at a time, which a server that is busy answers no sooner.</value>
    [Range(1, 10_000)]
    public int MaxSize { get; set; } = 20;

    /// <summary>Gets or sets how many more there may be while callers wait; they are closed when they come back and nobody waits.</summary>
    /// <value>A number of connections from 0 to 1000; 0 by default. Higher rides out a larger burst, at the price of connecting for it.</value>
    [Range(0, 1_000)]
    public int MaxOverflow { get; set; }

    /// <summary>Gets or sets how long a caller waits for a connection; less when its deadline is earlier.</summary>
    /// <value>A time from 00:00:00.0010000 to 1.00:00:00; 00:00:05 by default. Higher turns fewer away, and answers more of them too late.</value>
    [TimeRange("00:00:00.0010000", "1.00:00:00")]
    public TimeSpan AcquireTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Gets or sets how long making a connection may take, or ending one.</summary>
    /// <value>A time from 00:00:00.0010000 to 01:00:00; 00:00:05 by default. Higher waits longer for a server that doesn't answer at all.</value>
    [TimeRange("00:00:00.0010000", "01:00:00")]
    public TimeSpan ConnectTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Gets or sets how many connections are made at a time; one, after an attempt failed.</summary>
    /// <value>A number of connections from 1 to 100; 2 by default. Higher fills an empty pool sooner, and makes more than a short burst needs.</value>
    [Range(1, 100)]
    public int ConnectConcurrency { get; set; } = 2;

    /// <summary>Gets or sets the longest pause between two attempts to connect to a server that is away.</summary>
    /// <value>A time from 00:00:00.0500000 to 00:01:00; 00:00:00.8000000 by default, which notices within a second that it is back. Higher asks less often.</value>
    [TimeRange("00:00:00.0500000", "00:01:00")]
    public TimeSpan MaxConnectBackoff { get; set; } = TimeSpan.FromMilliseconds(800);

    /// <summary>Gets or sets for how long a connection lies idle before it is closed, beyond <see cref="MinIdle"/>.</summary>
    /// <value>A time from 00:00:00.0100000 to 1.00:00:00; 00:05:00 by default. Higher keeps what a burst needed for the next one.</value>
    [TimeRange("00:00:00.0100000", "1.00:00:00")]
    public TimeSpan IdleTimeout { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>Gets or sets how old a connection becomes; one in use is closed when it comes back.</summary>
    /// <value>A time from 00:00:00.0100000 to 30.00:00:00; 00:30:00 by default. Higher connects less often, and finds a moved server later.</value>
    [TimeRange("00:00:00.0100000", "30.00:00:00")]
    public TimeSpan MaxLifetime { get; set; } = TimeSpan.FromMinutes(30);

    /// <summary>Gets or sets by how much of them <see cref="IdleTimeout"/> and <see cref="MaxLifetime"/> are shortened at most, by chance, for each connection.</summary>
    /// <value>A ratio from 0 to 0.5; 0.1 by default. Higher spreads the end of connections that were made together.</value>
    [Range(0.0, 0.5)]
    public double LifetimeJitterRatio { get; set; } = 0.1;

    /// <summary>Gets or sets how often an idle connection is checked in the background, if the factory can.</summary>
    /// <value>A time from 00:00:00.0100000 to 1.00:00:00; 00:01:00 by default. Higher asks less often, and may let a firewall forget the connection.</value>
    [TimeRange("00:00:00.0100000", "1.00:00:00")]
    public TimeSpan KeepAliveInterval { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>Gets or sets for how long a connection that worked is believed to work: it is lent without a check. After that it is checked before, if the factory can.</summary>
    /// <value>A time from 00:00:00 to 1.00:00:00; 00:00:00.5000000 by default. Higher spares round trips, and hands out more that broke meanwhile.</value>
    [TimeRange("00:00:00", "1.00:00:00")]
    public TimeSpan ValidationBypass { get; set; } = TimeSpan.FromMilliseconds(500);

    /// <summary>Gets or sets how long a check or a reset may take.</summary>
    /// <value>A time from 00:00:00.0010000 to 00:10:00; 00:00:02 by default. Higher forgives a slow server, and waits longer for a dead one.</value>
    [TimeRange("00:00:00.0010000", "00:10:00")]
    public TimeSpan ValidationTimeout { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>Gets or sets how long the luckiest caller may wait before the queue counts as standing; nobody waits twice as long while it stands.</summary>
    /// <value>A time from 00:00:00 to 00:10:00; 00:00:00.1000000 by default. Higher refuses later; 0 lets everybody wait for <see cref="AcquireTimeout"/>.</value>
    [TimeRange("00:00:00", "00:10:00")]
    public TimeSpan QueueTarget { get; set; } = TimeSpan.FromMilliseconds(100);

    /// <summary>Gets or sets for how long everybody must have waited longer than <see cref="QueueTarget"/> before the queue counts as standing.</summary>
    /// <value>A time from 00:00:00.0010000 to 00:10:00; 00:00:01 by default. Higher forgives a longer burst.</value>
    [TimeRange("00:00:00.0010000", "00:10:00")]
    public TimeSpan QueueInterval { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>Gets or sets for how long a connection is lent before it counts as a leak, and is reported once.</summary>
    /// <value>A time from 00:00:00 to 1.00:00:00; 00:01:00 by default, and 0 for never. Higher reports fewer that are merely slow.</value>
    [TimeRange("00:00:00", "1.00:00:00")]
    public TimeSpan LeakThreshold { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>Gets or sets of how many loans one has its borrower's stack noted, which takes some ten microseconds.</summary>
    /// <value>
    /// A number of loans from 0 to 1000000, rounded up to a power of two; 0 by default, which notes none until a leak is found. After a leak whose borrower
    /// isn't known, everybody is noted for ten times <see cref="LeakThreshold"/>, so that what leaks again is caught. Higher costs less and knows fewer.
    /// </value>
    [Range(0, 1_000_000)]
    public int LeakStackInterval { get; set; }

    /// <summary>Gets or sets what is told of a leak. What it throws is swallowed and counted.</summary>
    /// <value>Null by default; leaks are counted all the same.</value>
    public Action<ConnectionLeak>? OnLeak { get; set; }

    /// <summary>Gets or sets how long <see cref="ConnectionPool{T}.DisposeAsync"/> waits for connections that are lent.</summary>
    /// <value>A time from 00:00:00 to 01:00:00; 00:00:05 by default. Higher lets more work end before the process does.</value>
    [TimeRange("00:00:00", "01:00:00")]
    public TimeSpan DrainTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Gets or sets a value indicating whether the connections are to a database: metrics have OpenTelemetry's names for these then.</summary>
    /// <value>False by default: <c>resilience.pool.*</c>. True: <c>db.client.connection.*</c>.</value>
    public bool IsDatabase { get; set; }

    /// <summary>Gets or sets where chance comes from.</summary>
    /// <value>Draws from 0 (inclusive) to 1 (exclusive), from several threads at a time; the process's own by default.</value>
    [Required]
    public Func<double> Draw { get; set; } = Randomness.Shared;

    internal void ThrowIfInvalid(string pool)
    {
        OptionRanges.Check(this, $"The pool '{pool}'");
        if (MinIdle > MaxSize)
        {
            throw OptionRanges.Refuse($"The pool '{pool}'", nameof(MinIdle), MinIdle, FormattableString.Invariant($"must not be above MaxSize, which is {MaxSize}"));
        }
    }

    internal ConnectionPoolOptions Copy() => (ConnectionPoolOptions)MemberwiseClone();
}
