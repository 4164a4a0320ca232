namespace Resilience.CircuitBreakers;

/// <summary>What a circuit breaker hands out with each call, and wants back with its result.</summary>
/// <remarks>To be handed to <see cref="CircuitBreaker.Exit(in CallToken, Outcomes.CallResult, TimeSpan?)"/> exactly once, also when the call was cancelled. The default value stands for no call at all.</remarks>
public readonly struct CallToken
{
    private const int NoProbe = -1;
    private readonly int _slot; // one more than the probe's slot, so that the default value is no probe

    internal CallToken(CircuitEpoch epoch, long started = 0)
    {
        Epoch = epoch;
        Started = started;
    }

    internal CallToken(CircuitEpoch epoch, long started, int slot, long leaseEnd)
        : this(epoch, started)
    {
        _slot = slot + 1;
        LeaseEnd = leaseEnd;
    }

    /// <summary>Gets whether this call is one of the few that find out whether what is called works again.</summary>
    public bool IsProbe => Slot != NoProbe;

    internal CircuitEpoch? Epoch { get; }

    internal long Started { get; }

    internal int Slot => _slot - 1;

    internal long LeaseEnd { get; }
}
