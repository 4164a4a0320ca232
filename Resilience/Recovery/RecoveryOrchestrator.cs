using System.ComponentModel.DataAnnotations;
using Resilience.Measurement;
using Resilience.Telemetry;

namespace Resilience.Recovery;

/// <summary>Does what an operator would do about known troubles, one at a time: detects, acts, verifies that it helped, and backs off when it didn't.</summary>
/// <remarks>
/// What it does is bounded whatever happens, so that it is never what keeps a system down: see <see cref="RecoveryOptions"/>. Nothing else begins while an action runs or is
/// being verified: who changes two things at once learns nothing. Safe for concurrent use; procedures run on the thread pool, one look or action of each at a time.
/// </remarks>
public sealed partial class RecoveryOrchestrator : IDisposable
{
    private readonly Lock _lock = new();
    private readonly RecoveryOptions _options;
    private readonly TimeProvider _time;
    private readonly Func<double> _draw;
    private readonly MonotonicClock _clock;
    private readonly Alarm _alarm;
    private readonly StopOnce _stop = new();
    private readonly ActionBudget _budget;
    private readonly LimitedCalls _actions;
    private readonly LimitedCalls _leases;
    private readonly Queue<RecoveryRecord> _records = new();
    private ProcedureState[] _procedures = [];
    private string? _acting;
    private int _isStarted;

    /// <summary>Makes a recovery. Nothing is looked at before <see cref="Start"/>.</summary>
    /// <param name="name">What to call it in metrics and messages, and towards the lease.</param>
    /// <param name="options">The limits; copied. The defaults when null: a dry run.</param>
    /// <param name="time">Where time comes from; the system's by default.</param>
    /// <param name="draw">Where the jitter comes from: numbers from 0 (inclusive) to 1 (exclusive). Fix it in tests.</param>
    /// <exception cref="ValidationException"><paramref name="options"/> has a value outside its range.</exception>
    public RecoveryOrchestrator(string name, RecoveryOptions? options = null, TimeProvider? time = null, Func<double>? draw = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        _options = options?.Copy() ?? new();
        _options.ThrowIfInvalid(name);

        Name = name;
        _time = time ?? SystemTime.Provider;
        _draw = draw ?? Randomness.Shared;
        _clock = new(_time);
        _alarm = new(_time, () => _ = LookAsync());
        _budget = new(_options.ActionsPerHour, _options.Burst, _clock.Now);
        (_actions, _leases) = (new(_time, _stop.Token), new(_time, _stop.Token));
        RecoveryTelemetry.Watch(this);
    }

    /// <summary>Gets the name that its owner gave it.</summary>
    public string Name { get; }

    /// <summary>Gets or sets who is told of each line of the audit trail, such as a log. What it throws is counted and swallowed.</summary>
    public Action<RecoveryRecord>? OnRecord { get; set; }

    /// <summary>Adds a procedure. Those that were added first act first.</summary>
    /// <param name="procedure">The procedure.</param>
    /// <exception cref="ArgumentException">There is one of that name.</exception>
    public void Add(IRecoveryProcedure procedure)
    {
        ArgumentNullException.ThrowIfNull(procedure);
        ArgumentException.ThrowIfNullOrEmpty(procedure.Name, nameof(procedure));

        lock (_lock)
        {
            if (_procedures.Any(other => other.Name == procedure.Name))
            {
                throw new ArgumentException($"The recovery '{Name}' has a procedure '{procedure.Name}' already. Give one of them another name.", nameof(procedure));
            }

            _procedures = [.. _procedures, new(procedure, new(_options, _clock.Now), new(_time, _stop.Token))];
        }
    }

    /// <summary>Begins to look, one pause from now; never, when <see cref="RecoveryOptions.Mode"/> is off. A second time changes nothing.</summary>
    public void Start()
    {
        if (_options.Mode != RecoveryMode.Off && Interlocked.Exchange(ref _isStarted, 1) == 0)
        {
            ScheduleLook();
        }
    }

    /// <summary>Lets a procedure act again at once that rests or has given up. For an operator.</summary>
    /// <param name="procedure">The procedure's name.</param>
    /// <exception cref="ArgumentException">There is no such procedure.</exception>
    public void Rearm(string procedure)
    {
        RecoveryRecord record;
        lock (_lock)
        {
            var state = _procedures.FirstOrDefault(state => state.Name == procedure)
                ?? throw new ArgumentException($"The recovery '{Name}' has no procedure '{procedure}', only {string.Join(", ", _procedures.Select(static state => state.Name))}.", nameof(procedure));
            state.Track.Rearm(_clock.Now);
            record = Record(state, state.Track.Finding ?? NothingAnyMore, RecoveryResult.Rearmed);
        }

        Write(record);
    }

    /// <summary>Says how it is doing. Waits for nothing.</summary>
    /// <returns>Each procedure, and what was done.</returns>
    public RecoverySnapshot Snapshot()
    {
        lock (_lock)
        {
            var now = _clock.Now;
            return new()
            {
                Name = Name,
                Mode = _options.Mode,
                ActionsAvailable = _budget.Available(now),
                Acting = _acting,
                Procedures = [.. _procedures.Select(state => state.Snapshot(now))],
                Records = [.. _records.Reverse()],
            };
        }
    }

    /// <summary>Ends it: an action under way is cancelled, and not waited for.</summary>
    public void Dispose()
    {
        if (_stop.TryStop())
        {
            _alarm.Dispose();
            RecoveryTelemetry.Forget(this);
        }
    }

    private void ScheduleLook() => _alarm.Set(_clock.Now + (long)Math.Ceiling(Spread(_options.Interval).TotalMilliseconds));

    private TimeSpan Spread(TimeSpan pause) => pause * (1 + (_options.Jitter * _draw()));

    // Under the lock.
    private RecoveryRecord Record(
        ProcedureState state, string finding, RecoveryResult result, RecoverySuppression suppression = RecoverySuppression.None, TimeSpan duration = default, string? detail = null)
    {
        var record = new RecoveryRecord(_time.GetUtcNow(), state.Name, finding, result, suppression, duration, detail);
        _records.Enqueue(record);
        if (_records.Count > _options.KeptRecords)
        {
            _records.Dequeue();
        }

        return record;
    }

    private void Write(RecoveryRecord record)
    {
        try
        {
            RecoveryTelemetry.Wrote(record);
            OnRecord?.Invoke(record);
        }
        catch (Exception exception)
        {
            CallbackErrors.Count(Name, exception);
        }
    }
}
