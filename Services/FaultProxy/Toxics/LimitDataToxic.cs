using System.ComponentModel.DataAnnotations;

namespace FaultProxy.Toxics;

/// <summary>Closes the connection once so many bytes went through.</summary>
internal sealed record LimitDataToxic : ToxicBehaviour
{
    /// <summary>Gets how many.</summary>
    /// <value>Bytes from 0 to 9,000,000,000,000; 0 by default, which closes it at the first byte.</value>
    [Range(0L, 9_000_000_000_000L)]
    public long Bytes { get; init; }

    /// <inheritdoc />
    public override ToxicEffect Begin(ToxicSetting setting, ToxicEffect? previous) => new Effect(Bytes, (previous as Effect)?.Sent ?? 0);

    private sealed class Effect(long limit, long sent) : ToxicEffect
    {
        /// <summary>Gets how many bytes went through; it outlives a change of the limit.</summary>
        public long Sent { get; private set; } = sent;

        public override long EndsAt => Sent > 0 && Sent >= limit ? 0 : Never;

        public override Piece Shape(Piece piece, long now) => piece switch
        {
            { IsEnd: true } => piece,
            _ when Sent >= limit => piece with { Fate = Fate.Close },
            _ => piece with { Length = (int)Math.Min(piece.Length, limit - Sent) },
        };

        public override void Passed(int length, long lateness) => Sent += length;
    }
}
