namespace LocalRunner.Preflight;

/// <summary>What one check found.</summary>
/// <param name="Level">How much it matters.</param>
/// <param name="Text">What was found, on one line.</param>
/// <param name="Mend">What to do about it, on one line; null where there is nothing to do, or the text says it.</param>
internal sealed record PreflightFinding(PreflightLevel Level, string Text, string? Mend = null);
