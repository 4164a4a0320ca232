using System.ComponentModel.DataAnnotations;

namespace FaultProxy.Toxics;

/// <summary>Holds the end of the stream back.</summary>
internal sealed record SlowCloseToxic : ToxicBehaviour
{
    /// <summary>Gets for how long.</summary>
    /// <value>Milliseconds from 0 to 86,400,000; 0 by default.</value>
    [Range(0L, 86_400_000L)]
    public long Delay { get; init; }

    /// <inheritdoc />
    public override ToxicEffect Begin(ToxicSetting setting, ToxicEffect? previous) => new Effect(setting.Ticks(Delay));

    private sealed class Effect(long delay) : ToxicEffect
    {
        public override Piece Shape(Piece piece, long now) => piece.IsEnd ? piece with { Due = piece.Due + delay } : piece;
    }
}
