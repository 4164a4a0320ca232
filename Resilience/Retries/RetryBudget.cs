using System.ComponentModel.DataAnnotations;
using Resilience.Measurement;
using Resilience.Validation;

namespace Resilience.Retries;

/// <summary>What keeps retries from turning an outage into a storm: calls pay in a fraction of a retry each, and a retry without cover is not made.</summary>
/// <remarks>
/// Share one between everything that sends extra calls to the same dependency, hedging included. Within the window, retries never exceed
/// the larger of <c>Ratio × calls</c> and <c>MinRetriesPerSecond × window</c>, whatever the threads do: a withdrawal checks and takes in one
/// step. Safe for concurrent use; paying in is one atomic operation, only withdrawing takes a lock.
/// Source: Finagle, <c>RetryBudget</c> (20 %, 10 a second, 10 s); Beyer et al., <i>Site Reliability Engineering</i>, ch. 21, "Deciding to Retry".
/// </remarks>
public sealed class RetryBudget
{
    private const int Slots = 10;

    private readonly Lock _lock = new();
    private readonly long[] _retries = new long[Slots];
    private readonly RollingCounter? _calls;
    private readonly MonotonicClock _clock;
    private readonly double _ratio;
    private readonly double _floor;
    private readonly long _slotMilliseconds;
    private long _newest;

    /// <summary>Initializes a budget.</summary>
    /// <param name="options">How large it is; the defaults when null.</param>
    /// <param name="timeProvider">Tells the time; the system's when null.</param>
    /// <exception cref="ValidationException"><paramref name="options"/> has a value outside its range.</exception>
    public RetryBudget(RetryBudgetOptions? options = null, TimeProvider? timeProvider = null)
    {
        options ??= new();
        OptionRanges.Check(options, "The retry budget");

        Time = timeProvider ?? SystemTime.Provider;
        _clock = new(Time);
        _ratio = options.Ratio;
        _floor = options.MinRetriesPerSecond * options.Window.TotalSeconds;
        _slotMilliseconds = Math.Max(1, (long)options.Window.TotalMilliseconds / Slots);
        _calls = new(options.Window, Slots, _clock);
        _newest = _clock.Now / _slotMilliseconds;
    }

    private RetryBudget() => Time = SystemTime.Provider;

    /// <summary>Gets the budget without a bound, for where something else bounds the retries.</summary>
    public static RetryBudget Unlimited { get; } = new();

    /// <summary>Gets how many retries could be made now.</summary>
    /// <value>A number of retries of 0 or more; fractions wait for more calls.</value>
    public double Balance
    {
        get
        {
            if (_calls is null)
            {
                return double.PositiveInfinity;
            }

            lock (_lock)
            {
                var now = _clock.Now;
                return Math.Max(0, Allowed(now) - Spent(now));
            }
        }
    }

    internal TimeProvider Time { get; }

    /// <summary>Pays in for one call. Once a call, not once an attempt.</summary>
    public void Deposit() => _calls?.Add();

    /// <summary>Takes one retry out, if there is cover for it.</summary>
    /// <returns>False when there is none: don't make the retry.</returns>
    public bool TryWithdraw()
    {
        if (_calls is null)
        {
            return true;
        }

        lock (_lock)
        {
            var now = _clock.Now;
            if (Spent(now) + 1 > Allowed(now))
            {
                return false;
            }

            _retries[_newest % Slots]++;
            return true;
        }
    }

    /// <summary>Puts a retry back that was withdrawn and then not made, because the caller gave up meanwhile.</summary>
    public void Refund()
    {
        if (_calls is null)
        {
            return;
        }

        lock (_lock)
        {
            Forget(_clock.Now);
            for (var back = 0; back < Slots && back <= _newest; back++)
            {
                ref var slot = ref _retries[(_newest - back) % Slots];
                if (slot > 0)
                {
                    slot--; // the newest that holds any: no slot goes below zero, so nothing is given twice when one is forgotten
                    return;
                }
            }
        }
    }

    // A caller on the same clock has read it already.
    internal void Deposit(TimeProvider time, long now)
    {
        if (ReferenceEquals(time, Time))
        {
            _calls?.Add(1, now);
        }
        else
        {
            Deposit();
        }
    }

    // A hair more than the product, which may fall short of a whole number by rounding: 5 × 0.2 is one retry.
    private double Allowed(long now) => Math.Max((_calls!.Sum(now) * _ratio) + 1e-9, _floor);

    private long Spent(long now)
    {
        Forget(now);
        long sum = 0;
        foreach (var count in _retries)
        {
            sum += count;
        }

        return sum;
    }

    private void Forget(long now)
    {
        var number = now / _slotMilliseconds;
        for (var stale = Math.Min(number - _newest, Slots); stale > 0; stale--)
        {
            _retries[(number - stale + 1) % Slots] = 0;
        }

        _newest = Math.Max(_newest, number);
    }
}
