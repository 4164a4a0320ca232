using Resilience.Interleaving;

namespace Resilience.CircuitBreakers;

/// <summary>What calls have told since a state began, and whether that is bad enough to open.</summary>
/// <remarks>Safe for concurrent use. Every thread judges after it has recorded, so the last of several that record together sees them all.</remarks>
internal sealed class CircuitHealth
{
    private readonly CallWindow _window;
    private int _consecutive;

    /// <summary>Initializes health that knows nothing yet.</summary>
    /// <param name="settings">Say what to count.</param>
    public CircuitHealth(CircuitBreakerSettings settings)
    {
        _window = CallWindow.Create(settings);
        InFlight = settings.WatchesInFlight ? new(settings.SlowCall) : null;
    }

    /// <summary>Gets the ages of the calls under way; null when nobody asks for them.</summary>
    public InFlightAges? InFlight { get; }

    /// <summary>Remembers a call that went well.</summary>
    /// <param name="now">The clock's time.</param>
    public void Succeeded<TSteps>(long now)
        where TSteps : struct, ISteps
    {
        TSteps.Reach();
        if (Volatile.Read(ref _consecutive) != 0)
        {
            TSteps.Reach();
            Volatile.Write(ref _consecutive, 0);
        }

        TSteps.Reach();
        _window.Record(failed: false, slow: false, now);
    }

    /// <summary>Remembers a call.</summary>
    /// <param name="failed">Whether it failed.</param>
    /// <param name="slow">Whether it was slow.</param>
    /// <param name="now">The clock's time.</param>
    /// <returns>How many failures in a row this one ends; 0 for a call that didn't fail. A success may come before anybody judges, so who failed must know.</returns>
    public int Record<TSteps>(bool failed, bool slow, long now)
        where TSteps : struct, ISteps
    {
        TSteps.Reach();
        var run = 0;
        if (failed)
        {
            run = Interlocked.Increment(ref _consecutive);
        }
        else
        {
            Volatile.Write(ref _consecutive, 0);
        }

        TSteps.Reach();
        _window.Record(failed, slow, now);
        return run;
    }

    /// <summary>Counts what is remembered.</summary>
    /// <param name="now">The clock's time.</param>
    /// <returns>The counts, with the calls under way that are slow already counted among both the calls and the slow ones.</returns>
    public CallCounts Read(long now)
    {
        var counts = _window.Read(now);
        var old = InFlight?.Old(now) ?? 0;
        return new(counts.Calls + old, counts.Failures, counts.Slow + old);
    }

    /// <summary>Says whether it is time to open.</summary>
    /// <param name="settings">The limits.</param>
    /// <param name="now">The clock's time.</param>
    /// <param name="run">What <see cref="Record"/> returned to who judges.</param>
    /// <param name="suspected">Whether others suspect what is called, so that half the calls are enough.</param>
    /// <returns>Why, or <see cref="TransitionReason.None"/>.</returns>
    public TransitionReason Judge<TSteps>(CircuitBreakerSettings settings, long now, int run = 0, bool suspected = false)
        where TSteps : struct, ISteps
    {
        TSteps.Reach();
        if (Math.Max(run, Volatile.Read(ref _consecutive)) >= Enough(settings.ConsecutiveFailures, suspected))
        {
            return TransitionReason.ConsecutiveFailures;
        }

        TSteps.Reach();
        var (calls, failures, slow) = _window.Read(now);
        if (IsTooMuch(failures, calls, settings.FailureRatio, settings, suspected))
        {
            return TransitionReason.FailureRatio;
        }

        var old = InFlight?.Old(now) ?? 0;
        return settings.TimesCalls && IsTooMuch(slow + old, calls + old, settings.SlowCallRatio, settings, suspected)
            ? TransitionReason.SlowCalls
            : TransitionReason.None;
    }

    /// <summary>Says whether what is remembered makes it as sure that all is well as it would have to be of the opposite to open.</summary>
    /// <param name="settings">The limits.</param>
    /// <param name="now">The clock's time.</param>
    /// <returns>Whether it is; false without calls.</returns>
    public bool IsSurelyWell(CircuitBreakerSettings settings, long now)
    {
        var (calls, failures, slow) = Read(now);
        return IsLittle(failures, calls, settings.FailureRatio, settings) && (!settings.TimesCalls || IsLittle(slow, calls, settings.SlowCallRatio, settings));
    }

    /// <summary>Copies what is remembered into the shape that new settings ask for.</summary>
    /// <param name="settings">The new settings.</param>
    /// <param name="now">The clock's time, which all that is copied counts as having happened at.</param>
    /// <returns>Health that has seen as many calls of each kind.</returns>
    public CircuitHealth Reshape(CircuitBreakerSettings settings, long now)
    {
        var (calls, failures, slow) = _window.Read(now);
        var reshaped = new CircuitHealth(settings) { _consecutive = Volatile.Read(ref _consecutive) };
        var both = Math.Max(0, failures + slow - calls); // the fewest that must have been both
        reshaped.Carry(failed: false, slow: false, calls - failures - slow + both, now);
        reshaped.Carry(failed: false, slow: true, slow - both, now);
        reshaped.Carry(failed: true, slow: true, both, now);
        reshaped.Carry(failed: true, slow: false, failures - both, now);
        return reshaped;
    }

    // One failure is never enough on a suspicion: any process has one now and then.
    private static int Enough(int calls, bool suspected) => suspected ? Math.Min(calls, Math.Max(2, calls / 2)) : calls;

    private static bool IsLittle(long hits, long calls, double ratio, CircuitBreakerSettings settings) =>
        calls > 0 && Wilson.LowerBound(calls - hits, calls, settings.Z) > 1 - ratio;

    private static bool IsTooMuch(long hits, long calls, double ratio, CircuitBreakerSettings settings, bool suspected) =>
        calls >= Enough(settings.MinimumThroughput, suspected)
        && hits > calls * ratio // no bound is above the ratio itself: spares the square root
        && Wilson.LowerBound(hits, calls, settings.Z) > ratio;

    private void Carry(bool failed, bool slow, long count, long now)
    {
        if (count > 0)
        {
            _window.Record(failed, slow, now, (uint)Math.Min(count, uint.MaxValue));
        }
    }
}
