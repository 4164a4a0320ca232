using System.ComponentModel.DataAnnotations;

namespace FaultProxy.Toxics;

/// <summary>Lets so many bytes a second through; at 0, none.</summary>
internal sealed record BandwidthToxic : ToxicBehaviour
{
    private const int SliceMilliseconds = 100; // short enough to look like a stream, long enough to cost nothing

    /// <summary>Gets the rate.</summary>
    /// <value>Units of 1,000 bytes a second, from 0 to 10,000,000; 0 by default, which stops the stream until the toxic is changed or removed.</value>
    [Range(0L, 10_000_000L)]
    public long Rate { get; init; }

    /// <inheritdoc />
    public override ToxicEffect Begin(ToxicSetting setting, ToxicEffect? previous) => new Effect(Rate, setting);

    private sealed class Effect(long rate, ToxicSetting setting) : ToxicEffect
    {
        private long _freeAt; // when the line has carried all that was given to it
        private long _begunAt; // when it begins with the piece that was shaped last

        public override Piece Shape(Piece piece, long now)
        {
            if (piece.IsEnd)
            {
                return piece;
            }

            if (rate == 0)
            {
                return piece with { Due = Never };
            }

            _begunAt = Math.Max(piece.Due, _freeAt);
            var length = (int)Math.Min(piece.Length, rate * SliceMilliseconds);
            return piece with { Length = length, Due = _begunAt + TimeFor(length) };
        }

        public override void Passed(int length, long lateness) => _freeAt = _begunAt + TimeFor(length) + lateness;

        private long TimeFor(int length) => setting.Ticks((double)length / rate);
    }
}
