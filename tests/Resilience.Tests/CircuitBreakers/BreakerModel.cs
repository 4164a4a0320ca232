using Resilience.CircuitBreakers;
using Resilience.Outcomes;

namespace Resilience.Tests.CircuitBreakers;

/// <summary>
/// What a circuit breaker is, said once more as plainly as possible: one thread, lists, whole milliseconds, the options as they stand.
/// </summary>
/// <param name="options">The options; the jitter's draw must always be the same.</param>
internal sealed class BreakerModel(CircuitBreakerOptions options)
{
    private readonly List<(long At, bool Failed, bool Slow)> _window = [];
    private readonly List<Call> _underWay = []; // those of this epoch that are not probes, in case hanging ones count
    private readonly List<Call?> _probes = [];
    private long _since;
    private long _until;
    private long _lookedAt = -1;
    private int _consecutive;
    private int _probesSucceeded;
    private uint _rampCalls;

    public long Now { get; set; }

    public BreakerState State { get; private set; }

    public TransitionReason Reason { get; private set; }

    public long Epoch { get; private set; }

    public int Relapses { get; private set; } = -1;

    public long Refused { get; private set; }

    public long Late { get; private set; }

    public long BreakRemaining => State == BreakerState.Open ? Math.Max(0, _until - Now) : 0;

    public int ProbesUnderWay => _probes.Count(probe => probe is not null && Now < probe.LeaseEnd);

    public (long Calls, long Failures, long Slow) Counts
    {
        get
        {
            var hanging = Hanging;
            var seen = Remembered();
            return (seen.Count + hanging, seen.Count(call => call.Failed), seen.Count(call => call.Slow) + hanging);
        }
    }

    private bool Judges => State is BreakerState.Closed or BreakerState.Ramping;

    private bool WatchesHanging => options.SlowCallThreshold is not null && options.CountInFlightSlowCalls;

    private long Slow => Ms(options.SlowCallThreshold ?? TimeSpan.MaxValue);

    private long Hanging => WatchesHanging && Judges ? _underWay.Count(call => (Now / HangStep) - (call.Started / HangStep) >= 17) : 0;

    private long HangStep => Math.Max(1, (Slow + 15) / 16);

    public Call? TryEnter()
    {
        if (Judges && WatchesHanging && _lookedAt != Now / HangStep)
        {
            _lookedAt = Now / HangStep;
            TripIfBad();
        }

        if (State == BreakerState.Open && Now >= _until)
        {
            Move(BreakerState.HalfOpen, TransitionReason.BreakElapsed, Relapses);
        }
        else if (State == BreakerState.Ramping && Now >= _since + Ms(options.RampDuration))
        {
            Move(BreakerState.Closed, TransitionReason.RampCompleted, Relapses);
            _lookedAt = WatchesHanging ? Now / HangStep : -1; // a look at nobody
        }

        var admitted = State switch
        {
            BreakerState.Closed => new Call(Epoch, Now, Slot: -1, LeaseEnd: 0),
            BreakerState.HalfOpen => Probe(),
            BreakerState.Ramping => OnTheRamp(),
            _ => null,
        };
        if (admitted is null)
        {
            Refused++;
        }
        else if (admitted.Slot < 0)
        {
            _underWay.Add(admitted);
        }

        return admitted;
    }

    public void Exit(Call call, CallResult result, TimeSpan? retryAfter)
    {
        _underWay.Remove(call);
        if (call.Epoch != Epoch)
        {
            Late++;
            return;
        }

        var slow = options.SlowCallThreshold is not null && Now - call.Started >= Slow;
        if (call.Slot >= 0)
        {
            ExitProbe(call, result, slow, retryAfter);
        }
        else if (result is CallResult.Success or CallResult.Failure)
        {
            _consecutive = result == CallResult.Failure ? _consecutive + 1 : 0;
            _window.Add((Now, result == CallResult.Failure, slow));
            if (result == CallResult.Failure || slow)
            {
                TripIfBad();
            }
        }
        else if (result == CallResult.Throttled)
        {
            Pause(retryAfter);
        }
    }

    public void Isolate() => ByHand(BreakerState.Isolated, TransitionReason.IsolatedByHand);

    public void Close() => ByHand(BreakerState.Closed, TransitionReason.ClosedByHand);

    public void EndBreak()
    {
        if (State == BreakerState.Open)
        {
            Move(BreakerState.HalfOpen, TransitionReason.BreakEndedByHand, Relapses);
        }
    }

    private static long Ms(TimeSpan time) => (long)time.TotalMilliseconds;

    private Call? Probe()
    {
        var slot = _probes.FindIndex(probe => probe is null || probe.LeaseEnd <= Now);
        return slot < 0 ? null : _probes[slot] = new(Epoch, Now, slot, Now + Ms(options.ProbeTimeout));
    }

    private Call? OnTheRamp()
    {
        double[] shares = [0.1, 0.25, 0.5];
        var share = shares[(Now - _since) * 3 / Ms(options.RampDuration)];
        var turn = unchecked(_rampCalls++ * 2_654_435_769u);
        return turn < share * uint.MaxValue ? new(Epoch, Now, Slot: -1, LeaseEnd: 0) : null;
    }

    private void ExitProbe(Call call, CallResult result, bool slow, TimeSpan? retryAfter)
    {
        var stillMine = ReferenceEquals(_probes[call.Slot], call);
        if (stillMine)
        {
            _probes[call.Slot] = null;
        }

        if (!stillMine || Now >= call.LeaseEnd)
        {
            Late++;
        }
        else if (result == CallResult.Success && !slow)
        {
            if (++_probesSucceeded >= options.RequiredProbeSuccesses)
            {
                Move(options.RampDuration > TimeSpan.Zero ? BreakerState.Ramping : BreakerState.Closed, TransitionReason.ProbesSucceeded, Relapses);
            }
        }
        else if (result is CallResult.Success or CallResult.Failure)
        {
            Open(TransitionReason.ProbeFailed, Relapses + 1);
        }
        else if (result == CallResult.Throttled && !Pause(retryAfter))
        {
            Open(TransitionReason.Throttled, Math.Max(0, Relapses));
        }
    }

    private void TripIfBad()
    {
        var (calls, failures, slow) = Counts;
        var hanging = Hanging;
        TransitionReason? reason =
            _consecutive >= options.ConsecutiveFailures ? TransitionReason.ConsecutiveFailures
            : IsTooMuch(failures, calls - hanging, options.FailureRatio) ? TransitionReason.FailureRatio
            : IsTooMuch(slow, calls, options.SlowCallRatio) ? TransitionReason.SlowCalls
            : null;
        if (reason is { } found)
        {
            Open(found, Carried() + 1);
        }
    }

    private bool IsTooMuch(long hits, long calls, double ratio) =>
        calls >= options.MinimumThroughput && Wilson.LowerBound(hits, calls, Wilson.Quantile(options.Confidence)) > ratio && hits > calls * ratio;

    private int Carried() => State == BreakerState.Closed && Now - _since >= Ms(options.GrowthResetAfter) ? -1 : Relapses;

    private void Open(TransitionReason reason, int relapses)
    {
        var length = Math.Min(Ms(options.MaxBreakDuration), Ms(options.BreakDuration) * Math.Pow(2, relapses));
        Move(BreakerState.Open, reason, relapses, (long)(length * (1 - (options.BreakJitter * options.Draw()))));
    }

    private bool Pause(TimeSpan? asked)
    {
        if (!(asked > TimeSpan.Zero) || options.MaxThrottledBreak == TimeSpan.Zero)
        {
            return false;
        }

        var length = Math.Min(Math.Ceiling(asked.Value.TotalMilliseconds), Ms(options.MaxThrottledBreak));
        Move(BreakerState.Open, TransitionReason.Throttled, Carried(), (long)(length * (1 + (options.BreakJitter * options.Draw()))));
        return true;
    }

    private List<(long At, bool Failed, bool Slow)> Remembered()
    {
        if (options.Window == SamplingWindow.Count)
        {
            return [.. _window.TakeLast(options.SamplingCount)];
        }

        var step = Ms(options.SamplingDuration) / 10;
        return [.. _window.Where(call => (Now / step) - (call.At / step) < 10)];
    }

    private void ByHand(BreakerState to, TransitionReason reason)
    {
        if (State != to)
        {
            Move(to, reason, -1);
        }
    }

    private void Move(BreakerState to, TransitionReason reason, int relapses, long length = 0)
    {
        (State, Reason, Relapses, _since, _until) = (to, reason, relapses, Now, Now + length);
        Epoch++;
        (_consecutive, _probesSucceeded, _rampCalls, _lookedAt) = (0, 0, 0, -1);
        _window.Clear();
        _underWay.Clear();
        _probes.Clear();
        _probes.AddRange(new Call?[to == BreakerState.HalfOpen ? options.ProbeCount : 0]);
    }

    internal sealed record Call(long Epoch, long Started, int Slot, long LeaseEnd);
}
