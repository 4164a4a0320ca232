using System.ComponentModel.DataAnnotations;

namespace FaultProxy.Toxics;

/// <summary>Delays all data, and keeps its order.</summary>
internal sealed record LatencyToxic : ToxicBehaviour
{
    /// <summary>Gets the delay.</summary>
    /// <value>Milliseconds from 0 to 86,400,000; 0 by default.</value>
    [Range(0L, 86_400_000L)]
    public long Latency { get; init; }

    /// <summary>Gets by how much the delay varies, up and down.</summary>
    /// <value>Milliseconds from 0 to 86,400,000; 0 by default.</value>
    [Range(0L, 86_400_000L)]
    public long Jitter { get; init; }

    /// <inheritdoc />
    public override ToxicEffect Begin(ToxicSetting setting, ToxicEffect? previous) => new Effect(this, setting);

    private sealed class Effect(LatencyToxic toxic, ToxicSetting setting) : ToxicEffect
    {
        private long _chunk = -1;
        private long _delay;

        public override Piece Shape(Piece piece, long now)
        {
            if (piece.IsEnd)
            {
                return piece;
            }

            // One draw for what arrived together: with one for each slice of it, the longest of many draws would win.
            if (piece.Chunk != _chunk)
            {
                _chunk = piece.Chunk;
                _delay = setting.Ticks(Math.Max(0, toxic.Latency + (toxic.Jitter * ((2 * setting.Chance()) - 1))));
            }

            return piece with { Due = piece.Due + _delay };
        }
    }
}
