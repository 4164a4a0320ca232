using System.Globalization;
using Resilience.Telemetry;

namespace Resilience.Recovery;

/// <content>The loop: look at everything, then do one thing at most.</content>
public sealed partial class RecoveryOrchestrator
{
    private const double VerifyPace = 0.2; // of the interval
    private const string NothingAnyMore = "nothing any more";

    private async Task LookAsync()
    {
        try
        {
            var procedures = Volatile.Read(ref _procedures);
            await Task.WhenAll(procedures.Select(DetectAsync)).ConfigureAwait(false);
            foreach (var state in procedures)
            {
                if (_stop.IsStopped || await TryActAsync(state).ConfigureAwait(false))
                {
                    return; // what the others have found may be over with it: they look again
                }
            }
        }
        finally
        {
            ScheduleLook();
        }
    }

    private async Task DetectAsync(ProcedureState state)
    {
        if (state.Looks.IsRunning)
        {
            lock (_lock)
            {
                state.Track.SawNothing();
            }

            return;
        }

        var look = await state.Looks.RunAsync(state.Procedure.DetectAsync, _options.DetectTimeout).ConfigureAwait(false);
        Count(look.Thrown);
        lock (_lock)
        {
            if (look.HasAnswer)
            {
                state.Track.Saw(look.Answer, _clock.Now);
            }
            else
            {
                state.Track.SawNothing();
            }
        }
    }

    // Whether it has acted.
    private async Task<bool> TryActAsync(ProcedureState state)
    {
        RecoverySuppression heldBack;
        lock (_lock)
        {
            if (!state.Track.IsConfirmed)
            {
                return false;
            }

            heldBack = HeldBack(state, _clock.Now);
        }

        if (heldBack != RecoverySuppression.None)
        {
            HoldBack(state, heldBack);
            return false;
        }

        if (_options.Mode == RecoveryMode.DryRun)
        {
            Finish(state, RecoveryResult.DryRun, default, null);
            return false;
        }

        if (await AcquireAsync(state).ConfigureAwait(false) is not { } lease)
        {
            HoldBack(state, RecoverySuppression.Lease);
            return false;
        }

        await ActAsync(state, lease).ConfigureAwait(false);
        return true;
    }

    // From what only this procedure knows to what all share, so that the reason in the trail is the nearest.
    private RecoverySuppression HeldBack(ProcedureState state, long now) =>
        _actions.IsRunning ? RecoverySuppression.Busy
        : state.Track.HeldBack(now) is var own and not RecoverySuppression.None ? own
        : _budget.Available(now) < 1 ? RecoverySuppression.Budget
        : RecoverySuppression.None;

    private void HoldBack(ProcedureState state, RecoverySuppression reason)
    {
        RecoveryRecord record;
        lock (_lock)
        {
            if (state.Track.Suppression == reason)
            {
                return; // it is in the trail already
            }

            state.Track.Suppression = reason;
            record = Record(state, state.Track.Finding ?? NothingAnyMore, RecoveryResult.Suppressed, reason);
        }

        Write(record);
    }

    private async Task<IAsyncDisposable?> AcquireAsync(ProcedureState state)
    {
        if (_leases.IsRunning)
        {
            return null;
        }

        var request = new RecoveryLeaseRequest(Name, state.Name, _options.FleetShare, _options.ActTimeout + _options.VerifyTimeout + _options.DetectTimeout);
        IAsyncDisposable? lease = null;
        var asked = await _leases.RunAsync(async token => lease = await _options.Lease.TryAcquireAsync(request, token).ConfigureAwait(false), _options.DetectTimeout).ConfigureAwait(false);
        Count(asked.Thrown);
        if (!asked.HasAnswer)
        {
            _ = ReleaseAsync(() => lease, _leases.Ended); // it may come yet, and nobody waits for it
        }

        return asked.Answer;
    }

    private async Task ActAsync(ProcedureState state, IAsyncDisposable lease)
    {
        var began = _time.GetTimestamp();
        lock (_lock)
        {
            _budget.Take(_clock.Now);
            _acting = state.Name;
        }

        var action = await _actions.RunAsync(RunAsync, _options.ActTimeout).ConfigureAwait(false);
        Count(action.Thrown);
        var result = action switch
        {
            { Thrown: not null } => RecoveryResult.Failed,
            { IsLate: true } => RecoveryResult.Abandoned,
            _ => await VerifyAsync(state).ConfigureAwait(false) ? RecoveryResult.Verified : RecoveryResult.Unverified,
        };
        Finish(state, result, _time.GetElapsedTime(began), action.Thrown);
        _ = ReleaseAsync(End, _actions.Ended); // what was abandoned keeps its lease until it has ended

        async ValueTask<bool> RunAsync(CancellationToken token)
        {
            await state.Procedure.ActAsync(token).ConfigureAwait(false);
            return true;
        }

        IAsyncDisposable End()
        {
            lock (_lock)
            {
                _acting = null;
            }

            return lease;
        }
    }

    private async Task<bool> VerifyAsync(ProcedureState state)
    {
        var began = _time.GetTimestamp();
        while (!state.Looks.IsRunning)
        {
            var look = await state.Looks.RunAsync(state.Procedure.VerifyAsync, _options.DetectTimeout).ConfigureAwait(false);
            Count(look.Thrown);
            var left = _options.VerifyTimeout - _time.GetElapsedTime(began);
            if (look is { HasAnswer: true, Answer: true } || left <= TimeSpan.Zero || _stop.IsStopped)
            {
                return look is { HasAnswer: true, Answer: true };
            }

            var pause = Spread(_options.Interval * VerifyPace);
            await Task.Delay(pause < left ? pause : left, _time, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        return false; // it hangs
    }

    private void Finish(ProcedureState state, RecoveryResult result, TimeSpan duration, Exception? thrown)
    {
        var draw = _draw();
        RecoveryRecord record;
        TimeSpan foundFor;
        lock (_lock)
        {
            var (track, now, finding) = (state.Track, _clock.Now, state.Track.Finding ?? NothingAnyMore);
            foundFor = TimeSpan.FromMilliseconds(now - track.FoundAt);
            if (result == RecoveryResult.DryRun)
            {
                _budget.Take(now); // as if it had acted, and it hadn't helped
            }

            track.Acted(result == RecoveryResult.Verified, now, draw);
            var next = track.HasGivenUp ? string.Create(CultureInfo.InvariantCulture, $"Given up after {track.Unverified} in a row: an operator may rearm it, or it tries once more in {track.RestLeft(now):c}.") : null;
            record = Record(state, finding, result, duration: duration, detail: thrown is null ? next : $"{thrown.GetType().Name}: {thrown.Message} {next}".TrimEnd());
        }

        if (result == RecoveryResult.Verified)
        {
            RecoveryTelemetry.Recovered(state.Name, foundFor);
        }

        Write(record);
    }

    private async Task ReleaseAsync(Func<IAsyncDisposable?> lease, Task ended)
    {
        try
        {
            await ended.ConfigureAwait(false);
            if (lease() is { } granted)
            {
                await granted.DisposeAsync().ConfigureAwait(false);
            }
        }
        catch (Exception exception)
        {
            CallbackErrors.Count(Name, exception); // it runs out by itself
        }
    }

    private void Count(Exception? thrown)
    {
        if (thrown is not null && !_stop.IsStopped)
        {
            CallbackErrors.Count(Name, thrown);
        }
    }
}
