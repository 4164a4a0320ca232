namespace FaultProxy.Toxics;

/// <summary>What a toxic does to one direction of one connection, with the state that it keeps for that.</summary>
/// <remarks>
/// Only the direction's own loop calls it, so it needs no lock. It never touches a byte: it says how many go on and when, and is told once they have.
/// Whatever was only shaped may be shaped again, by another chain of toxics, so a change in between loses nothing and repeats nothing.
/// </remarks>
internal abstract class ToxicEffect
{
    /// <summary>A time that never comes; delays may be added to it.</summary>
    public const long Never = long.MaxValue / 2;

    /// <summary>Gets when the effect ends the connection by itself, without a piece to shape.</summary>
    public virtual long EndsAt => Never;

    /// <summary>Gets how it ends it.</summary>
    public virtual Fate EndsWith => Fate.Close;

    /// <summary>Gets whether taking the toxic away ends the connection, since the stream has a hole where it was.</summary>
    public virtual bool EndsWhenRemoved => false;

    /// <summary>Shapes the next piece. It changes no state that another call for the same piece would not change in the same way.</summary>
    /// <param name="piece">The piece, as the toxics before left it.</param>
    /// <param name="now">The time.</param>
    /// <returns>The piece: no longer, and due no earlier.</returns>
    public virtual Piece Shape(Piece piece, long now) => piece;

    /// <summary>Takes note of bytes that have gone on.</summary>
    /// <param name="length">How many.</param>
    /// <param name="lateness">By how much the other side held them up: the effect's schedule moves by it, so that a standstill isn't made up for in one burst.</param>
    public virtual void Passed(int length, long lateness)
    {
    }
}
