namespace EmbeddedStores;

/// <summary>What the preflight found.</summary>
/// <param name="IsProblem">Whether the start is impossible. Else it is a warning.</param>
/// <param name="Text">What is wrong and how to mend it, on one line.</param>
public sealed record StoreFinding(bool IsProblem, string Text)
{
    /// <inheritdoc />
    public override string ToString() => (IsProblem ? "Problem: " : "Warning: ") + Text;
}
