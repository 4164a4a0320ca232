using System.ComponentModel.DataAnnotations;
using Resilience.Measurement;
using Resilience.Outcomes;
using Resilience.Telemetry;
using Resilience.Validation;

namespace Resilience.Faults;

/// <summary>Breaks things on purpose, within bounds: each fault has an end, a scope and a limit, and all of them end when the system doesn't bear them.</summary>
/// <remarks>Safe for concurrent use. While there is no fault, a decision is one read of a field.</remarks>
public sealed class FaultGovernor : IDisposable
{
    private const int KeptEnded = 32;
    private const int BudgetSlots = 10;
    private static readonly TimeSpan _budgetWindow = TimeSpan.FromSeconds(10);

    private readonly Lock _lock = new();
    private readonly FaultGovernorOptions _options;
    private readonly TimeProvider _time;
    private readonly MonotonicClock _clock;
    private readonly Alarm _alarm;
    private readonly RollingCounter _answered;
    private readonly RollingCounter _failed;
    private readonly LinkedList<FaultSnapshot> _ended = new();
    private volatile ActiveFault[] _active = [];

    /// <summary>Makes a governor without faults.</summary>
    /// <param name="options">The bounds; the defaults when null. Read once.</param>
    /// <param name="time">Where time comes from; the system's by default.</param>
    /// <exception cref="ValidationException"><paramref name="options"/> has a value outside its range.</exception>
    public FaultGovernor(FaultGovernorOptions? options = null, TimeProvider? time = null)
    {
        _options = options ?? new();
        OptionRanges.Check(_options, "The fault governor");
        _time = time ?? SystemTime.Provider;
        _clock = new(_time);
        _alarm = new(_time, EndExpired);
        _answered = new(_budgetWindow, BudgetSlots, _clock);
        _failed = new(_budgetWindow, BudgetSlots, _clock);
        FaultTelemetry.Watch(this);
    }

    /// <summary>Gets a value indicating whether there is any fault.</summary>
    public bool IsActive => _active.Length > 0;

    /// <summary>Begins a fault, in the place of the one of that name if there is one.</summary>
    /// <param name="name">What to call it: from 1 to 64 letters, digits, <c>-</c> or <c>_</c>.</param>
    /// <param name="spec">What it does.</param>
    /// <returns>Whether there was none of that name.</returns>
    /// <exception cref="ValidationException">The name or a value is outside its range, the kind can't be had here, or there are too many faults.</exception>
    public bool Set(string name, FaultSpec spec)
    {
        ArgumentNullException.ThrowIfNull(spec);
        FaultBounds.Check(name, spec, _options);
        ActiveFault fault;
        bool isNew;
        lock (_lock)
        {
            isNew = !Array.Exists(_active, other => other.Name == name);
            if (isNew && _active.Length >= _options.MaxFaults)
            {
                throw new ValidationException($"The fault {name} can't begin: there are {_active.Length}, which is as many as there may be. End one.");
            }

            Remove(name, FaultEnd.Removed);
            fault = new(name, spec, _time, spec.IsBurden ? _options.Burdens[spec.Kind](spec) : null);
            _answered.Clear();
            _failed.Clear();
            _active = [.. _active, fault];
            InjectedFaults.Exist = true;
        }

        _alarm.Set(fault.Ends);
        Tell(fault);
        return isNew;
    }

    /// <summary>Ends a fault.</summary>
    /// <param name="name">Its name.</param>
    /// <returns>False when there is none of that name.</returns>
    public bool Remove(string name)
    {
        lock (_lock)
        {
            return Remove(name, FaultEnd.Removed);
        }
    }

    /// <summary>Ends all faults.</summary>
    /// <returns>How many there were.</returns>
    public int Clear() => EndAll(FaultEnd.Removed);

    /// <summary>Decides what strikes a call.</summary>
    /// <param name="point">The call.</param>
    /// <param name="kinds">Which kinds can strike there.</param>
    /// <returns>What does, in the order in which the faults began. Each is counted: it has to be carried out.</returns>
    public IReadOnlyList<FaultHit> Strike(in FaultPoint point, params ReadOnlySpan<FaultKind> kinds)
    {
        var active = _active;
        if (active.Length == 0)
        {
            return [];
        }

        List<FaultHit>? hits = null;
        foreach (var fault in active)
        {
            if (kinds.Contains(fault.Spec.Kind) && fault.Strike(point) is { } hit)
            {
                (hits ??= []).Add(hit);
                FaultTelemetry.Injected(hit);
                if (fault.IsSpent)
                {
                    lock (_lock)
                    {
                        Remove(fault, FaultEnd.Spent);
                    }
                }
            }
        }

        return hits ?? (IReadOnlyList<FaultHit>)[];
    }

    /// <summary>Takes note of how a request ended that no fault struck itself. Too many that failed end all faults.</summary>
    /// <param name="failed">Whether it failed.</param>
    public void Observe(bool failed)
    {
        var active = _active;
        if (active.Length == 0)
        {
            return;
        }

        _answered.Add();
        if (!failed)
        {
            return;
        }

        _failed.Add();
        var (answered, failures) = (_answered.Sum(), _failed.Sum());
        if (answered >= _options.AbortMinimum && failures > active.Min(static fault => fault.Spec.AbortAtFailureRatio) * answered)
        {
            EndAll(FaultEnd.Aborted);
        }
    }

    /// <summary>Lists the faults that there are.</summary>
    /// <returns>In the order in which they began.</returns>
    public IReadOnlyList<FaultSnapshot> List() => [.. _active.Where(static fault => !fault.IsOver).Select(static fault => fault.Snapshot())];

    /// <summary>Lists the faults that are over.</summary>
    /// <returns>The last 32, the newest first.</returns>
    public IReadOnlyList<FaultSnapshot> ListEnded()
    {
        lock (_lock)
        {
            return [.. _ended];
        }
    }

    /// <summary>Ends all faults, for good.</summary>
    public void Dispose()
    {
        _alarm.Dispose();
        Clear();
        FaultTelemetry.Forget(this);
    }

    private void EndExpired()
    {
        lock (_lock)
        {
            foreach (var fault in _active)
            {
                if (fault.Ends <= _clock.Now)
                {
                    Remove(fault, FaultEnd.Expired);
                }
                else
                {
                    _alarm.Set(fault.Ends);
                }
            }
        }
    }

    private int EndAll(FaultEnd end)
    {
        lock (_lock)
        {
            var active = _active;
            foreach (var fault in active)
            {
                Remove(fault, end);
            }

            return active.Length;
        }
    }

    private bool Remove(string name, FaultEnd end) => Array.Find(_active, fault => fault.Name == name) is { } known && Remove(known, end);

    private bool Remove(ActiveFault fault, FaultEnd end)
    {
        if (!fault.TryEnd(end))
        {
            return false;
        }

        _active = [.. _active.Where(other => other != fault)];
        _ended.AddFirst(fault.Snapshot());
        if (_ended.Count > KeptEnded)
        {
            _ended.RemoveLast();
        }

        Tell(fault);
        return true;
    }

    private void Tell(ActiveFault fault)
    {
        try
        {
            _options.OnChange?.Invoke(fault.Snapshot());
        }
#pragma warning disable CA1031 // Counted: who listens must not keep a fault from ending.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            CallbackErrors.Count("faults", exception);
        }
    }
}
