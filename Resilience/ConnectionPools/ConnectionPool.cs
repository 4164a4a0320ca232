using System.Runtime.CompilerServices;
using Resilience.Interleaving;
using Resilience.Measurement;

namespace Resilience.ConnectionPools;

/// <summary>Lends connections that are dear to make, keeps what comes back, and never lets who asks for one wait on making it.</summary>
/// <remarks>
/// Lending and taking back are three compare-and-swaps together, without a lock or an allocation, while a connection is idle and nobody waits. Whoever
/// finds none waits in line, first come, first served, and gets the first that comes free from the hands of who gives it back; no newcomer catches it.
/// Connections are made in the background, a few at a time, as long as somebody waits who no other connection will serve. Safe for concurrent use.
/// Sources: B. Wooldridge, <i>HikariCP</i>, "About Pool Sizing" and "Welcome to the Jungle"; M. Nygard, <i>Release It!</i>, 2nd ed., ch. 4, "Blocked Threads".
/// </remarks>
/// <typeparam name="T">What is pooled.</typeparam>
public sealed partial class ConnectionPool<T> : IPool, IDisposable, IAsyncDisposable
    where T : class
{
    private readonly Lock _lock = new();
    private readonly ConnectionFactory<T> _factory;
    private readonly ConnectionPoolOptions _options;
    private readonly TimeProvider _time;
    private readonly MonotonicClock _clock;
    private readonly IdleStack<T, Unwatched> _idle;
    private readonly PoolInstruments _instruments;
    private readonly PoolCounters _counters = new();
    private readonly Alarm _alarm;
    private readonly BackgroundWork _background;
    private readonly long _bypass;

    /// <summary>Initializes a pool, starts to fill it up to <see cref="ConnectionPoolOptions.MinIdle"/>, and shows it to who watches the meter.</summary>
    /// <param name="name">What to call it in metrics and messages; a few names for a process, never an id or a connection string.</param>
    /// <param name="factory">What makes the connections and ends them.</param>
    /// <param name="options">How many, and for how long. Read once; see <see cref="Resize"/>.</param>
    /// <param name="timeProvider">Tells the time and makes the timer; null for the system's.</param>
    /// <exception cref="System.ComponentModel.DataAnnotations.ValidationException"><paramref name="options"/> has a value outside its range.</exception>
    public ConnectionPool(string name, ConnectionFactory<T> factory, ConnectionPoolOptions options, TimeProvider? timeProvider = null)
        : this(name, factory, options, timeProvider, isSuspended: false)
    {
    }

    internal ConnectionPool(string name, ConnectionFactory<T> factory, ConnectionPoolOptions options, TimeProvider? timeProvider, bool isSuspended)
        : this(name, factory, options, timeProvider ?? SystemTime.Provider, OnThreadPool, isSuspended)
    {
    }

    internal ConnectionPool(
        string name, ConnectionFactory<T> factory, ConnectionPoolOptions options, TimeProvider time, BackgroundWork background, bool isSuspended = false)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(factory);
        ArgumentNullException.ThrowIfNull(options);
        options.ThrowIfInvalid(name);

        Name = name;
        _factory = factory;
        _options = options.Copy();
        _time = time;
        _clock = new MonotonicClock(time);
        _background = background;
        _instruments = options.IsDatabase ? PoolInstruments.Database : PoolInstruments.Plain;
        _maxSize = options.MaxSize;
        _idle = new IdleStack<T, Unwatched>(options.MaxSize + options.MaxOverflow);
        _bypass = factory.CanValidate ? Milliseconds(options.ValidationBypass) : Never;
        _standing = new StandingQueue(Milliseconds(options.QueueTarget), Milliseconds(options.QueueInterval));
        _backoff = new ConnectBackoff(Milliseconds(options.MaxConnectBackoff), options.Draw);
        _upkeepPeriod = UpkeepPeriod(options);
        _nextUpkeep = _clock.Now + _upkeepPeriod;
        _stackMask = StackMask(options);
        _isSuspended = isSuspended;
        _alarm = new Alarm(time, Tick);
        PoolTelemetry.Watch(this);
        Change(static (ref _) => { });
    }

    /// <summary>Gets the name that its owner gave it.</summary>
    public string Name { get; }

    PoolInstruments IPool.Instruments => _instruments;

    /// <summary>Lends a connection, and waits for one if need be.</summary>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <returns>The lease: dispose it to give the connection back. To be awaited once, and to be awaited: a lease nobody takes is out for ever.</returns>
    /// <exception cref="ConnectionPoolExhaustedException">None was to be had; <see cref="ConnectionPoolExhaustedException.Reason"/> says why.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled before there was one.</exception>
    public ValueTask<PooledLease<T>> AcquireAsync(CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<PooledLease<T>>(cancellationToken);
        }

        return TryLend(out var lease, out var unproven) ? new ValueTask<PooledLease<T>>(lease) : AcquireSlowlyAsync(unproven, cancellationToken);
    }

    /// <summary>Gets how it is doing, and what it has done.</summary>
    /// <returns>How many connections are in which state as of one moment; counts as of about that moment.</returns>
    public ConnectionPoolSnapshot Snapshot()
    {
        lock (_lock)
        {
            return SnapshotLocked();
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool TryLend(out PooledLease<T> lease, out PoolEntry<T>? unproven)
    {
        unproven = _idle.TryPop();
        if (unproven is not null)
        {
            var now = _clock.Now;
            if (now < unproven.FreshUntil)
            {
                lease = Lend(unproven, now);
                return true;
            }
        }

        lease = default;
        return false;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private PooledLease<T> Lend(PoolEntry<T> entry, long now)
    {
        entry.RentedAt = now;
        var use = entry.Begin();
        if (((use >> 1) & _stackMask) == _stackMask)
        {
            NoteBorrower(entry, use);
        }

        return new PooledLease<T>(entry, use);
    }

    internal void Return(PoolEntry<T> entry, long use)
    {
        if (!entry.TryEnd(use))
        {
            _counters.CountStaleReturn();
            return;
        }

        var now = _clock.Now;
        if (_instruments.UseTime.Enabled)
        {
            _instruments.RecordUse(Name, now - entry.RentedAt);
        }

        var found = Look(entry.Connection!);
        var action = entry.IsDoomed || now >= entry.ExpiresAt ? ReturnAction.Discard : found;
        entry.IdleSince = now;
        Prove(entry, now);
        if (action != ReturnAction.Keep || !_idle.TryPush(entry))
        {
            PutBack(entry, action, isBroken: found == ReturnAction.Discard);
        }
    }

    private ReturnAction Look(T connection)
    {
        try
        {
            return _factory.OnReturn(connection);
        }
        catch (Exception exception)
        {
            Telemetry.CallbackErrors.Count(Name, exception);
            return ReturnAction.Discard;
        }
    }

    private void Prove(PoolEntry<T> entry, long now)
    {
        entry.ProvenAt = now;
        entry.FreshUntil = Math.Min(entry.ExpiresAt, _bypass == Never ? Never : now + _bypass);
    }

    private static void OnThreadPool(Func<Task> work) =>
        ThreadPool.UnsafeQueueUserWorkItem(static work => _ = work(), work, preferLocal: false);

    private static long Milliseconds(TimeSpan time) => (long)Math.Ceiling(time.TotalMilliseconds);
}
