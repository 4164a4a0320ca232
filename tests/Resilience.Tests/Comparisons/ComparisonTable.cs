using Xunit;

namespace Resilience.Tests.Comparisons;

/// <summary>The table in <c>docs/polly-compared.md</c>: a row stands there only if a test has just seen both sides do what it says.</summary>
internal static class ComparisonTable
{
    private const string Document = "docs/polly-compared.md";

    private static readonly Lazy<string[]> _lines = new(() => File.ReadAllLines(Path.Combine(Root(), Document)));

    /// <summary>Holds a row to the document.</summary>
    /// <param name="row">The row as it must stand there.</param>
    public static void AssertHolds(string row)
    {
        if (!_lines.Value.Contains(row, StringComparer.Ordinal))
        {
            Assert.Fail($"{Document} lacks this row, which is what was just measured; put it in, or mend the code:\n{row}");
        }
    }

    /// <summary>Gets the whole document.</summary>
    public static string Text => string.Join('\n', _lines.Value);

    private static string Root()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Resilience.Aspire.sln")))
        {
            folder = folder.Parent;
        }

        return folder?.FullName ?? throw new InvalidOperationException($"{AppContext.BaseDirectory} is not inside the repository.");
    }
}
