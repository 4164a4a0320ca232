using System.ComponentModel.DataAnnotations;
using Polly;
using Resilience.Measurement;
using Resilience.Outcomes;

namespace Resilience.Timeouts;

/// <summary>Bounds how long the calls of one operation take, and looks after those that don't stop when their time is up.</summary>
/// <remarks>
/// Stands alone, as a <c>using</c> scope, or inside a pipeline (<see cref="OperationTimeoutExtensions"/>). A call that ends before it has to be
/// waited for costs no timer and allocates nothing. A call that succeeds after its time was up is given to its caller all the same, and
/// counted: throwing a result away helps nobody. Safe for concurrent use; make one for each operation and keep it.
/// </remarks>
public sealed partial class OperationTimeout
{
    private readonly TimeoutSettings _settings;
    private readonly CallTimerPool _timers;
    private readonly OrphanLedger _orphans;
    private readonly MonotonicClock _clock;
    private readonly PollyTimeout? _fallback;
    private readonly bool _isUnusual;
    private long _fired;
    private long _lateSuccesses;
    private long _refused;

    /// <summary>Initializes a time-out.</summary>
    /// <param name="name">The operation that it bounds, such as <c>inventory.reserve</c>: its name in metrics and messages.</param>
    /// <param name="options">How long a call may take, and what is done about one that takes longer; the defaults when null.</param>
    /// <param name="timeProvider">Tells the time and makes the timers; the system's when null.</param>
    /// <exception cref="ValidationException"><paramref name="options"/> has a value outside its range, or two that contradict each other.</exception>
    public OperationTimeout(string name, OperationTimeoutStrategyOptions? options = null, TimeProvider? timeProvider = null)
        : this(name, options, timeProvider, ContextAccess.CanSetToken)
    {
    }

    internal OperationTimeout(string name, OperationTimeoutStrategyOptions? options, TimeProvider? timeProvider, bool canSetToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);

        var time = timeProvider ?? SystemTime.Provider;
        Options = options ?? new();
        _settings = new(name, Options, time);
        _clock = new(time);
        _timers = new(TimerWheel.Of(time), _settings);
        _orphans = new(_settings.Telemetry);
        _fallback = canSetToken || _settings.Abandons ? null : new(time);
        _isUnusual = _settings.Varies || _settings.Abandons || _fallback is not null;
        TimeoutTelemetry.Watch(this);
    }

    /// <summary>Gets the operation's name.</summary>
    public string Name => _settings.Name;

    internal OperationTimeoutStrategyOptions Options { get; }

    /// <summary>Gets what it did and what it waits for.</summary>
    /// <returns>The numbers since it was made.</returns>
    public TimeoutStatistics Snapshot() => new()
    {
        Name = Name,
        Timeout = _settings.Adaptive?.Current ?? _settings.Timeout,
        IsLearnt = _settings.Adaptive?.HasLearnt == true,
        Fired = Volatile.Read(ref _fired),
        Abandoned = _orphans.Total,
        Orphans = _orphans.Running,
        LateSuccesses = Volatile.Read(ref _lateSuccesses),
        Refused = Volatile.Read(ref _refused),
        CallbacksOverrun = _settings.Aside.Overrun,
    };

    /// <summary>Runs a call within the operation's time.</summary>
    /// <typeparam name="TResult">What the call returns.</typeparam>
    /// <param name="callback">The call; its token is cancelled when its time is up.</param>
    /// <param name="cancellationToken">The caller's token.</param>
    /// <returns>What the call returned.</returns>
    /// <exception cref="OperationTimeoutException">The time was up.</exception>
    /// <exception cref="OrphanLimitException">Too many abandoned calls still run.</exception>
    public ValueTask<TResult> ExecuteAsync<TResult>(Func<CancellationToken, ValueTask<TResult>> callback, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(callback);
        return ExecuteAsync(static (call, token) => call(token), callback, cancellationToken);
    }

    /// <summary>Runs a call that needs something handed in within the operation's time. Allocates nothing when the call ends at once.</summary>
    /// <typeparam name="TResult">What the call returns.</typeparam>
    /// <typeparam name="TState">What it needs.</typeparam>
    /// <param name="callback">The call; its token is cancelled when its time is up.</param>
    /// <param name="state">Handed to the call.</param>
    /// <param name="cancellationToken">The caller's token.</param>
    /// <returns>What the call returned.</returns>
    /// <exception cref="OperationTimeoutException">The time was up.</exception>
    /// <exception cref="OrphanLimitException">Too many abandoned calls still run.</exception>
    public ValueTask<TResult> ExecuteAsync<TResult, TState>(
        Func<TState, CancellationToken, ValueTask<TResult>> callback, TState state, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(callback);
        return PlainCall.RunAsync(new Pattern<TResult>(this), callback, state, cancellationToken);
    }

    /// <summary>Runs a call that returns nothing within the operation's time.</summary>
    /// <param name="callback">The call; its token is cancelled when its time is up.</param>
    /// <param name="cancellationToken">The caller's token.</param>
    /// <returns>Ends as the call does.</returns>
    /// <exception cref="OperationTimeoutException">The time was up.</exception>
    /// <exception cref="OrphanLimitException">Too many abandoned calls still run.</exception>
    public ValueTask ExecuteAsync(Func<CancellationToken, ValueTask> callback, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(callback);
        return PlainCall.RunAsync(new Pattern<object?>(this), callback, cancellationToken);
    }

    /// <summary>Starts the operation's time for the code up to the scope's disposal: for where a delegate doesn't fit. It can't abandon.</summary>
    /// <param name="cancellationToken">The caller's token.</param>
    /// <returns>The scope, whose token is cancelled when the time is up.</returns>
    public TimeoutScope Begin(CancellationToken cancellationToken)
    {
        var (timeout, cause) = Bound(_settings.Adaptive?.Current ?? _settings.Timeout, _settings.Adaptive?.HasLearnt == true);
        return new(_settings, _timers, _clock, timeout, cause, cancellationToken);
    }

    private readonly struct Pattern<TResult>(OperationTimeout timeout) : IOutcomePattern<TResult>
    {
        public ValueTask<Outcome<TResult>> ExecuteAsync<TState>(
            Func<ResilienceContext, TState, ValueTask<Outcome<TResult>>> callback, ResilienceContext context, TState state) =>
            timeout.ExecuteAsync(callback, context, state, polly: null);
    }
}
