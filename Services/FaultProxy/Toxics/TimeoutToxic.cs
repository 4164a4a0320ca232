using System.ComponentModel.DataAnnotations;

namespace FaultProxy.Toxics;

/// <summary>A black hole: nothing gets through, not even the end of the stream; the connection is closed after a while, or when the toxic is removed.</summary>
internal sealed record TimeoutToxic : ToxicBehaviour
{
    /// <summary>Gets after how long the connection is closed.</summary>
    /// <value>Milliseconds from 0 to 86,400,000; 0 by default, which keeps it until the toxic is removed.</value>
    [Range(0L, 86_400_000L)]
    public long Timeout { get; init; }

    /// <inheritdoc />
    public override ToxicEffect Begin(ToxicSetting setting, ToxicEffect? previous) =>
        new Effect(Timeout == 0 ? ToxicEffect.Never : setting.Clock.GetTimestamp() + setting.Ticks(Timeout));

    private sealed class Effect(long endsAt) : ToxicEffect
    {
        public override long EndsAt => endsAt;

        public override bool EndsWhenRemoved => true;

        public override Piece Shape(Piece piece, long now) => piece with { Fate = Fate.Swallow };
    }
}
