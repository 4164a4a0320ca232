namespace Resilience.CircuitBreakers;

/// <summary>One stretch of time in one state, from the transition that began it to the one that ends it.</summary>
/// <remarks>
/// A call carries the epoch that admitted it, so a result that comes back in another is known to be late without a look at the clock.
/// Nothing points back to earlier epochs: a call that hangs for ever keeps this one alive and no more.
/// </remarks>
internal sealed class CircuitEpoch
{
    private long _until;

    public required long Number { get; init; }

    public required BreakerState State { get; init; }

    /// <summary>Gets why it began.</summary>
    public required TransitionReason Reason { get; init; }

    /// <summary>Gets when it began.</summary>
    public required long Since { get; init; }

    /// <summary>Gets how many breaks came one after another without sustained health between, less one; -1 before the first.</summary>
    public int Relapses { get; init; } = -1;

    /// <summary>Gets when the break is over; open only.</summary>
    public long Until
    {
        get => Volatile.Read(ref _until);
        init => _until = value;
    }

    /// <summary>Gets what calls have told; closed and ramping only.</summary>
    public CircuitHealth? Health { get; init; }

    /// <summary>Gets the probes; half-open only.</summary>
    public ProbeLeases? Probes { get; init; }

    /// <summary>Gets the share of calls that passes; ramping only.</summary>
    public RecoveryRamp? Ramp { get; init; }

    /// <summary>Gets whether calls pass without so much as a look at the clock.</summary>
    public required bool PassesFreely { get; init; }

    /// <summary>Gets when it could have ended, had anybody called.</summary>
    /// <param name="now">The clock's time.</param>
    /// <returns>Before or after <paramref name="now"/>; that very time, while a probe is under way.</returns>
    public long Due(long now) => State switch
    {
        BreakerState.HalfOpen => Probes!.UnderWay(now) > 0 ? now : Since,
        BreakerState.Ramping => Ramp!.End,
        _ => Until,
    };

    /// <summary>Puts the end of the break off.</summary>
    /// <param name="until">When it is over; nothing changes if that is earlier than it is now.</param>
    public void Extend(long until)
    {
        for (var seen = Until; until > seen; seen = Until)
        {
            Interlocked.CompareExchange(ref _until, until, seen);
        }
    }

    /// <summary>Copies it with what it has counted in another shape. It stays the same epoch: results of calls admitted before still count.</summary>
    /// <param name="settings">The settings to count by from now on.</param>
    /// <param name="now">The clock's time.</param>
    /// <returns>The copy.</returns>
    public CircuitEpoch Reshape(CircuitBreakerSettings settings, long now) => new()
    {
        Number = Number,
        State = State,
        Reason = Reason,
        Since = Since,
        Relapses = Relapses,
        Until = Until,
        Health = Health?.Reshape(settings, now),
        Probes = Probes,
        Ramp = Ramp,
        PassesFreely = State == BreakerState.Closed && !settings.TimesCalls,
    };
}
