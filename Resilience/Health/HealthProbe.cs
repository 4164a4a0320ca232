using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Resilience.Measurement;
using Resilience.Telemetry;
using Resilience.Validation;

namespace Resilience.Health;

/// <summary>Checks one component in the background, at its own pace, and remembers what came of it: whoever asks never waits for the component.</summary>
/// <remarks>Safe for concurrent use. Checks never overlap: while one that was given up is still running, the component counts as failing, and no other begins.</remarks>
public sealed class HealthProbe : IDisposable
{
    private const int KeptChanges = 16;
    private const double UrgentPace = 0.25;
    private const int MissedPeriods = 3; // as many results may be missing before what is known is stale

    private readonly Lock _lock = new();
    private readonly Func<CancellationToken, Task<HealthCheckResult>> _check;
    private readonly HealthPace _pace;
    private readonly HealthStatus _failureStatus;
    private readonly TimeProvider _time;
    private readonly Func<double> _draw;
    private readonly MonotonicClock _clock;
    private readonly Alarm _alarm;
    private readonly HealthTrack _track;
    private readonly LinkedList<HealthChange> _history = new();
    private readonly StopOnce _stop = new();
    private Task _running = Task.CompletedTask;
    private HealthFailure? _lastFailure;
    private DateTimeOffset _since;
    private string? _description;
    private TimeSpan? _duration;
    private long _begun;
    private long _lastResult;
    private long _results;
    private long _failures;

    /// <summary>Makes a probe. Nothing is checked before <see cref="Start"/>.</summary>
    /// <param name="name">The component's name: one of few, since it tags metrics.</param>
    /// <param name="check">Looks at the component. What it throws is a failure. Its token is cancelled when its time is over.</param>
    /// <param name="pace">How often, and how sure.</param>
    /// <param name="failureStatus">What a check that throws, or takes too long, says of the component.</param>
    /// <param name="time">Where time comes from; the system's by default.</param>
    /// <param name="draw">Where the jitter comes from: numbers from 0 (inclusive) to 1 (exclusive). Fix it in tests.</param>
    /// <exception cref="ValidationException"><paramref name="pace"/> has a value outside its range.</exception>
    public HealthProbe(
        string name,
        Func<CancellationToken, Task<HealthCheckResult>> check,
        HealthPace pace,
        HealthStatus failureStatus = HealthStatus.Unhealthy,
        TimeProvider? time = null,
        Func<double>? draw = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(check);
        ArgumentNullException.ThrowIfNull(pace);
        OptionRanges.Check(pace, $"The health probe {name}");

        (Name, _check, _pace, _failureStatus) = (name, check, pace, failureStatus);
        _time = time ?? SystemTime.Provider;
        _draw = draw ?? Randomness.Shared;
        _clock = new(_time);
        _alarm = new(_time, Ring);
        _track = new(pace.Rise, pace.Fall);
        (_begun, _since) = (_clock.Now, _time.GetUtcNow());
        HealthTelemetry.Watch(this);
    }

    /// <summary>Gets the component's name.</summary>
    public string Name { get; }

    /// <summary>Gets or sets who is told of each change, off the caller's way. What it throws is counted and swallowed.</summary>
    public Action<ComponentHealth>? OnChange { get; set; }

    /// <summary>Begins to check, at once.</summary>
    public void Start() => _alarm.Set(_clock.Now);

    /// <summary>Says what is known now. Waits for nothing.</summary>
    /// <returns>What a failed check says while nothing is known yet, and degraded at best while what is known is too old.</returns>
    public ComponentHealth Snapshot()
    {
        lock (_lock)
        {
            return Describe();
        }
    }

    /// <summary>Ends the checking. What is known stays.</summary>
    public void Dispose()
    {
        if (_stop.TryStop())
        {
            _alarm.Dispose();
            HealthTelemetry.Forget(this);
        }
    }

    private void Ring() => _ = CheckAsync();

    private async Task CheckAsync()
    {
        var (result, took) = _running.IsCompleted ? await RunAsync().ConfigureAwait(false) : StillRunning();
        ComponentHealth? changed = null;
        lock (_lock)
        {
            if (_stop.IsStopped)
            {
                return; // what a stop interrupts says nothing of the component
            }

            changed = Take(result, took) ? Describe() : null;
            _alarm.Set(_clock.Now + (long)Math.Ceiling(NextPause().TotalMilliseconds));
        }

        if (changed is not null)
        {
            Tell(changed);
        }
    }

    private async Task<(HealthCheckResult Result, TimeSpan Took)> RunAsync()
    {
        _begun = _clock.Now;
        var began = _time.GetTimestamp();
        var limit = new CancellationTokenSource(_pace.Timeout, _time);
        try
        {
            using var stopped = _stop.Token.UnsafeRegister(static limit => ((CancellationTokenSource)limit!).Cancel(), limit);
            var run = _check(limit.Token);
            _running = run.ContinueWith(static run => _ = run.Exception, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
            return (await run.WaitAsync(limit.Token).ConfigureAwait(false), _time.GetElapsedTime(began));
        }
        catch (OperationCanceledException failure) when (limit.IsCancellationRequested)
        {
            return (new(_failureStatus, $"No answer within {_pace.Timeout.TotalSeconds:0.###} s.", failure), _pace.Timeout);
        }
#pragma warning disable CA1031 // Whatever a check throws is a result.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            return (new(_failureStatus, failure.Message, failure), _time.GetElapsedTime(began));
        }
        finally
        {
            if (!limit.IsCancellationRequested)
            {
                limit.Dispose(); // not while it is being cancelled: whoever is yet to be told of it would never be
            }
        }
    }

    private (HealthCheckResult Result, TimeSpan Took) StillRunning()
    {
        var since = TimeSpan.FromMilliseconds(_clock.Now - _begun);
        return (new(_failureStatus, $"The check that began {since.TotalSeconds:F0} s ago hasn't ended."), since);
    }

    private bool Take(HealthCheckResult result, TimeSpan took)
    {
        var now = _time.GetUtcNow();
        (_duration, _lastResult) = (took, _clock.Now);
        _results++;
        if (result.Status is not HealthStatus.Healthy)
        {
            _failures++;
            _lastFailure = new(now, result.Description, result.Exception);
        }

        var changed = _track.Observe(result.Status);
        _description = _track.IsInDoubt ? _description : result.Description;
        if (changed)
        {
            _since = now;
            _history.AddFirst(new HealthChange(now, result.Status, result.Description));
            if (_history.Count > KeptChanges)
            {
                _history.RemoveLast();
            }
        }

        return changed;
    }

    private TimeSpan NextPause()
    {
        var period = _track.IsUrgent ? _pace.Period * UrgentPace : _pace.Period;
        return period * (1 + (_pace.Jitter * ((2 * _draw()) - 1)));
    }

    private ComponentHealth Describe()
    {
        TimeSpan? age = _results == 0 ? null : TimeSpan.FromMilliseconds(_clock.Now - _lastResult);
        var isStale = age is null || age > (_pace.Period * MissedPeriods) + _pace.Timeout;
        var status = _track.Status ?? _failureStatus; // who wasn't looked at yet isn't ready
        return new()
        {
            Name = Name,
            Status = isStale && status is HealthStatus.Healthy ? HealthStatus.Degraded : status,
            Description = age is null ? "Not checked yet." : isStale ? $"Not checked for {age.Value.TotalSeconds:F0} s." : _description,
            Since = _since,
            Age = age,
            Duration = _duration,
            IsStale = isStale,
            LastFailure = _lastFailure,
            Results = _results,
            Failures = _failures,
            History = [.. _history],
        };
    }

    private void Tell(ComponentHealth changed)
    {
        try
        {
            OnChange?.Invoke(changed);
        }
#pragma warning disable CA1031 // Counted: an observer must not end the checking.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            CallbackErrors.Count(Name, exception);
        }
    }
}
