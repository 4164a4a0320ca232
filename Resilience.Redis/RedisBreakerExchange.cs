using System.Collections.Concurrent;
using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Resilience.CircuitBreakers;
using Resilience.Measurement;
using Resilience.Validation;
using StackExchange.Redis;

namespace Resilience.Redis;

/// <summary>Tells other processes through Redis what this one's circuit breakers found, and tells these what the others found.</summary>
/// <remarks>
/// One small script for all circuits in an interval, in the background: no call ever waits for it. Where Redis is slow, gone or emptied, what peers said runs out
/// and every breaker decides alone, as it would without this. Safe for concurrent use.
/// </remarks>
public sealed partial class RedisBreakerExchange : IAsyncDisposable
{
    private const int MostCircuits = 256; // the script holds Redis up for as long as it runs

    private readonly IPeerBoard _board;
    private readonly PeerOptions _options;
    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private readonly MonotonicClock _clock;
    private readonly ConcurrentDictionary<string, Membership> _members = new(StringComparer.Ordinal);
    private readonly CancellationTokenSource _stop = new();
    private long _leftOut;
    private int _isOver;

    /// <summary>Initializes an exchange that nobody takes part in yet, and that has not begun.</summary>
    /// <param name="redis">The connection. It may be shared; it need not be connected.</param>
    /// <param name="options">How often, and who is believed.</param>
    /// <param name="logger">Is told when the exchange begins to work, and when it ceases to.</param>
    /// <param name="time">Where time comes from; the system's clock by default.</param>
    /// <exception cref="ValidationException"><paramref name="options"/> has a value outside its range.</exception>
    public RedisBreakerExchange(IConnectionMultiplexer redis, PeerOptions options, ILogger<RedisBreakerExchange>? logger = null, TimeProvider? time = null)
        : this(new RedisPeerBoard(redis ?? throw new ArgumentNullException(nameof(redis))), options, logger, time)
    {
    }

    internal RedisBreakerExchange(IPeerBoard board, PeerOptions options, ILogger<RedisBreakerExchange>? logger = null, TimeProvider? time = null)
    {
        ArgumentNullException.ThrowIfNull(options);

        OptionRanges.Check(options, "The exchange of circuit breakers");
        Validator.ValidateObject(options, new(options), validateAllProperties: true);
        (_board, _options, _logger) = (board, options, logger ?? NullLogger<RedisBreakerExchange>.Instance);
        _time = time ?? SystemTime.Provider;
        _clock = new(_time);
        Node = options.Node ?? $"{Environment.MachineName}/{Environment.ProcessId}";
        PeerTelemetry.Show(this);
    }

    /// <summary>Gets what this process is called among its peers.</summary>
    public string Node { get; }

    /// <summary>Has a breaker take part. It is held weakly, and leaves by itself when nothing else holds it.</summary>
    /// <param name="circuit">What the circuit is called in all processes: it must mean the same dependency, seen from the same place, to all of them. The last breaker to join under a name takes the place.</param>
    /// <param name="breaker">The breaker.</param>
    /// <returns>Takes it out when disposed: it decides alone again, at once.</returns>
    public IDisposable Join(string circuit, CircuitBreaker breaker)
    {
        ArgumentException.ThrowIfNullOrEmpty(circuit);
        ArgumentNullException.ThrowIfNull(breaker);

        var member = new Membership(circuit, breaker, _clock, Wake);
        if (_members.Count >= MostCircuits && !_members.ContainsKey(circuit))
        {
            if (Interlocked.Increment(ref _leftOut) == 1)
            {
                LogLeftOut(_logger, MostCircuits, circuit);
            }
        }
        else
        {
            _members[circuit] = member;
        }

        return new Leaving(this, member);
    }

    /// <summary>Begins to exchange, in the background, until it is disposed.</summary>
    public void Start()
    {
        // Whoever starts it must not have his context live for as long as the loop does.
        using (ExecutionContext.SuppressFlow())
        {
            _loop ??= Task.Run(RunAsync);
        }
    }

    /// <summary>Gets what it is like now.</summary>
    /// <returns>Counts, which may be an exchange apart from each other.</returns>
    public PeerExchangeSnapshot Snapshot()
    {
        var heard = Interlocked.Read(ref _heard);
        var age = heard == Never ? (TimeSpan?)null : TimeSpan.FromMilliseconds(_clock.Now - heard);
        return new()
        {
            Node = Node,
            IsExchanging = age < _options.TimeToLive,
            Age = age,
            Circuits = _members.Count,
            LeftOut = Interlocked.Read(ref _leftOut),
            Exchanges = Interlocked.Read(ref _exchanges),
            Failures = Interlocked.Read(ref _failures),
        };
    }

    /// <summary>Ends the exchange: tells the others, if Redis is there to tell them in time.</summary>
    /// <returns>When it has ended.</returns>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isOver, 1) != 0)
        {
            return;
        }

        await _stop.CancelAsync().ConfigureAwait(false);
        if (_loop is { } loop)
        {
            await loop.ConfigureAwait(false);
            await ExchangeAsync(leaving: true).ConfigureAwait(false);
        }

        _stop.Dispose();
    }

    private sealed class Leaving(RedisBreakerExchange exchange, Membership member) : IDisposable
    {
        public void Dispose() => exchange.Leave(member);
    }
}
