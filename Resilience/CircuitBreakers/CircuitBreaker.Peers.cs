using Resilience.Interleaving;

namespace Resilience.CircuitBreakers;

/// <content>What other processes know. The machine reads it only where it has left the way of a call that succeeds on a closed breaker.</content>
public sealed partial class CircuitBreaker
{
    private volatile PeerStanding? _peers;

    /// <summary>Takes into account what other processes know of what it guards, in place of what they said before.</summary>
    /// <remarks>
    /// Never more than advice. A suspicion halves the evidence of its own that the breaker needs to open. A confirmed one opens it, closed as it is, for no longer than
    /// the evidence lasts and never for longer than <see cref="CircuitBreakerOptions.BreakDuration"/> at a stretch: after that it finds out by itself. It
    /// is not believed while the breaker's own calls make it as sure of the opposite as it must be to open, nor for
    /// <see cref="CircuitBreakerOptions.GrowthResetAfter"/> after its own probes succeeded or somebody closed it by hand.
    /// Where another process probes, this one waits, but no longer than <see cref="CircuitBreakerOptions.MaxBreakDuration"/>.
    /// </remarks>
    /// <param name="evidence">What they know.</param>
    public void Heed(PeerEvidence evidence)
    {
        ArgumentNullException.ThrowIfNull(evidence);

        var (now, settings) = (_clock.Now, _settings);
        var until = now + (long)evidence.TimeToLive.TotalMilliseconds;
        _peers = until > now ? new(evidence, until) : null;
        if (evidence.Verdict != PeerVerdict.Confirmed || until <= now)
        {
            return;
        }

        var epoch = _epoch;
        if (epoch is { State: BreakerState.Open, Reason: TransitionReason.Peers })
        {
            epoch.Extend(Math.Min(until, epoch.Since + settings.Break));
        }
        else if (epoch.State == BreakerState.Closed && !IsSurelyWell(epoch, settings, now))
        {
            Move<Unwatched>(epoch, BreakerState.Open, TransitionReason.Peers, Relapses(epoch, settings, now), now, Math.Min(until - now, settings.Break));
        }
    }

    private static bool IsSurelyWell(CircuitEpoch epoch, CircuitBreakerSettings settings, long now) =>
        (epoch.Reason is TransitionReason.ProbesSucceeded or TransitionReason.RampCompleted or TransitionReason.ClosedByHand && now - epoch.Since < settings.GrowthReset)
        || epoch.Health!.IsSurelyWell(settings, now);

    private PeerStanding? PeersAt(long now) => _peers is { } peers && now < peers.Until ? peers : null;

    private bool IsSuspected(long now) => PeersAt(now) is { Evidence.Verdict: not PeerVerdict.None };

    // Where whoever may probe never finds out, the others must in the end.
    private PeerStanding? WithheldBy(CircuitEpoch epoch, CircuitBreakerSettings settings, long now) =>
        PeersAt(now) is { Evidence.MayProbe: false } peers && now - epoch.Since < settings.MaxBreak ? peers : null;
}
