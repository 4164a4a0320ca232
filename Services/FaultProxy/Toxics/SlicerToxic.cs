using System.ComponentModel.DataAnnotations;

namespace FaultProxy.Toxics;

/// <summary>Cuts data into small packets, with a pause between them.</summary>
internal sealed record SlicerToxic : ToxicBehaviour, IValidatableObject
{
    /// <summary>Gets the average size of a packet.</summary>
    /// <value>Bytes from 1 to 1,000,000; 1 by default.</value>
    [Range(1, 1_000_000)]
    public int AverageSize { get; init; } = 1;

    /// <summary>Gets by how much the size varies, up and down; less than the average.</summary>
    /// <value>Bytes from 0 to 999,999; 0 by default.</value>
    [Range(0, 999_999)]
    public int SizeVariation { get; init; }

    /// <summary>Gets the pause after each packet.</summary>
    /// <value>Microseconds from 0 to 60,000,000; 0 by default. Pauses shorter than a timer's tick are kept to on average.</value>
    [Range(0L, 60_000_000L)]
    public long Delay { get; init; }

    /// <inheritdoc />
    public override ToxicEffect Begin(ToxicSetting setting, ToxicEffect? previous) => new Effect(this, setting);

    /// <inheritdoc />
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (SizeVariation >= AverageSize)
        {
            yield return new($"size_variation is {SizeVariation}, which is not less than the average_size of {AverageSize}.");
        }
    }

    private sealed class Effect(SlicerToxic toxic, ToxicSetting setting) : ToxicEffect
    {
        private int _size; // 0: to be drawn
        private long _freeAt;
        private long _begunAt;

        public override Piece Shape(Piece piece, long now)
        {
            if (piece.IsEnd)
            {
                return piece;
            }

            if (_size == 0)
            {
                _size = toxic.AverageSize + (int)Math.Round(toxic.SizeVariation * ((2 * setting.Chance()) - 1));
            }

            _begunAt = Math.Max(piece.Due, _freeAt);
            return piece with { Length = Math.Min(piece.Length, _size), Due = _begunAt };
        }

        public override void Passed(int length, long lateness)
        {
            _size = 0;
            _freeAt = _begunAt + setting.Ticks(toxic.Delay / 1000.0) + lateness;
        }
    }
}
