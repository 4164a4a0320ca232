namespace Lab.Conservation;

/// <summary>Something that doesn't add up.</summary>
/// <param name="Invariant">Which rule: I1 to I12, as in <c>docs/invariants.md</c>.</param>
/// <param name="Detail">What was found, with the ids needed to look it up.</param>
public sealed record Violation(string Invariant, string Detail)
{
    /// <inheritdoc />
    public override string ToString() => $"{Invariant}: {Detail}";
}
