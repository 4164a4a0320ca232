using System.ComponentModel.DataAnnotations;

namespace FaultProxy.Toxics;

/// <summary>Resets the connection, so that both sides see RST, a while after something was first sent; what is sent is dropped.</summary>
internal sealed record ResetPeerToxic : ToxicBehaviour
{
    /// <summary>Gets how long after it.</summary>
    /// <value>Milliseconds from 0 to 86,400,000; 0 by default.</value>
    [Range(0L, 86_400_000L)]
    public long Timeout { get; init; }

    /// <inheritdoc />
    public override ToxicEffect Begin(ToxicSetting setting, ToxicEffect? previous) => new Effect(setting.Ticks(Timeout));

    private sealed class Effect(long timeout) : ToxicEffect
    {
        private long _endsAt = Never;

        public override long EndsAt => _endsAt;

        public override Fate EndsWith => Fate.Reset;

        public override bool EndsWhenRemoved => _endsAt != Never;

        public override Piece Shape(Piece piece, long now)
        {
            _endsAt = Math.Min(_endsAt, now + timeout);
            return piece with { Fate = _endsAt <= now ? Fate.Reset : Fate.Swallow };
        }
    }
}
