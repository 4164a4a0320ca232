using FaultProxy.Toxics;

namespace FaultProxy.Links;

/// <summary>The toxics of one direction of one connection, in their order, with the effects of those that took hold.</summary>
internal sealed class ToxicChain(ToxicSetting setting)
{
    private (Toxic Toxic, ToxicEffect? Effect)[] _links = [];

    /// <summary>Takes over the toxics as they are now; effects of those that didn't change go on.</summary>
    /// <param name="toxics">The toxics of this direction.</param>
    /// <returns>False when a toxic was removed that left a hole in the stream, so that the connection must end.</returns>
    public bool Adopt(IReadOnlyList<Toxic> toxics)
    {
        var before = _links;
        _links = [.. toxics.Select(toxic => Follow(toxic, Array.Find(before, link => IsUpdate(link.Toxic, toxic))))];
        return !before.Any(link => link.Effect is { EndsWhenRemoved: true } && !toxics.Any(toxic => IsUpdate(link.Toxic, toxic)));
    }

    /// <summary>Gets when, and how, the first of them ends the connection by itself.</summary>
    public (long At, Fate Fate) End()
    {
        var end = (At: ToxicEffect.Never, Fate: Fate.Pass);
        foreach (var (_, effect) in _links)
        {
            if (effect is not null && effect.EndsAt < end.At)
            {
                end = (effect.EndsAt, effect.EndsWith);
            }
        }

        return end;
    }

    /// <summary>Lets all of them shape the next piece; what one of them drops, the later ones don't see.</summary>
    public Piece Shape(Piece piece, long now)
    {
        foreach (var (_, effect) in _links)
        {
            if (piece.Fate != Fate.Pass)
            {
                break;
            }

            piece = effect?.Shape(piece, now) ?? piece;
        }

        return piece;
    }

    /// <summary>Tells all of them what has gone on.</summary>
    public void Passed(int length, long lateness)
    {
        foreach (var (_, effect) in _links)
        {
            effect?.Passed(length, lateness);
        }
    }

    private static bool IsUpdate(Toxic before, Toxic after) => before.Name == after.Name && before.Type == after.Type;

    private (Toxic, ToxicEffect?) Follow(Toxic toxic, (Toxic? Toxic, ToxicEffect? Effect) before)
    {
        if (ReferenceEquals(before.Toxic, toxic))
        {
            return (toxic, before.Effect);
        }

        // Whether a toxic takes hold is decided once for each connection, and anew only when the share has changed.
        var holds = before.Toxic?.Toxicity == toxic.Toxicity ? before.Effect is not null : setting.Chance() < toxic.Toxicity;
        return (toxic, holds ? toxic.Behaviour.Begin(setting, before.Effect) : null);
    }
}
