using LocalRunner.Preflight;

namespace LocalRunner.Terminal;

/// <summary>Words for what the pre-flight found: what is as it should be on one line, and a line for each thing to mend.</summary>
internal static class PreflightLines
{
    public static IEnumerable<string> Of(IReadOnlyList<PreflightFinding> findings, Style style)
    {
        yield return " " + string.Join("   ", findings.Where(IsShort).Select(finding => $"{Mark(finding.Level, style)} {finding.Text}"));
        foreach (var finding in findings.Where(static finding => !IsShort(finding)))
        {
            yield return $" {Mark(finding.Level, style)} {finding.Text.TrimEnd('.')}.{(finding.Mend is null ? "" : " " + finding.Mend)}";
        }
    }

    private static bool IsShort(PreflightFinding finding) => finding is { Level: not PreflightLevel.Problem, Mend: null };

    private static string Mark(PreflightLevel level, Style style) => level switch
    {
        PreflightLevel.Ok => style.Good("✓"),
        PreflightLevel.Note => style.Notable("!"),
        _ => style.Bad("✗"),
    };
}
