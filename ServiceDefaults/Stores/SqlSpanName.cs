using System.Collections.Concurrent;
using System.Text.RegularExpressions;

namespace ServiceDefaults.Stores;

/// <summary>Makes a span's name of an SQL text: the operation and its table.</summary>
/// <remarks>
/// The first statement that changes a table names the text, else its first statement. Names come from the text and never from a value, so there are few.
/// Safe for concurrent use. It remembers the names of up to 1,000 texts. Beyond that, each new text costs its reading.
/// Source: OpenTelemetry semantic conventions 1.37, "Generating a summary of the query".
/// </remarks>
public static partial class SqlSpanName
{
    private const int MaxRemembered = 1_000;
    private const string Unknown = "SQL"; // a comment alone, or nothing

    private static readonly ConcurrentDictionary<string, string> _names = new(StringComparer.Ordinal);

    /// <summary>Gets the name for a text.</summary>
    /// <param name="sql">One statement, or several with semicolons.</param>
    /// <returns>Such as <c>INSERT orders</c>, <c>SELECT stock</c>, <c>COMMIT</c>.</returns>
    public static string Of(string? sql)
    {
        if (string.IsNullOrEmpty(sql))
        {
            return Unknown;
        }

        if (_names.TryGetValue(sql, out var known))
        {
            return known;
        }

        var name = Read(sql);
        if (_names.Count < MaxRemembered)
        {
            _names.TryAdd(sql, name);
        }

        return name;
    }

    private static string Read(string sql)
    {
        var text = Ignored().Replace(sql, " ");
        if (Change().Match(text) is { Success: true } change)
        {
            return $"{change.Groups["verb"].Value.ToUpperInvariant()} {NameOf(change)}";
        }

        var verb = FirstWord().Match(text).Value.ToUpperInvariant();
        return verb is "SELECT" or "WITH" && Source().Match(text) is { Success: true } source ? $"SELECT {NameOf(source)}"
            : verb.Length > 0 ? verb
            : Unknown;
    }

    private static string NameOf(Match match) => match.Groups["table"].Value.Replace("\"", "", StringComparison.Ordinal);

    // Comments and texts in quotes may hold any word.
    [GeneratedRegex("""--[^\n]*|/\*.*?\*/|'(?:[^']|'')*'|\$(?<tag>\w*)\$.*?\$\k<tag>\$""", RegexOptions.Singleline | RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, 100)]
    private static partial Regex Ignored();

    // "for update", "on conflict do update set" and "do update" change no table of their own.
    [GeneratedRegex(
        """(?<!\b(?:for|do|key|no)\s+)\b(?:(?<verb>insert)\s+into|(?<verb>delete)\s+from|(?<verb>update)|(?<verb>merge)\s+into)\s+(?:only\s+)?(?<table>[\w."]+)""",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture,
        100)]
    private static partial Regex Change();

    [GeneratedRegex("""\bfrom\s+(?:only\s+)?(?<table>[\w."]+)""", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, 100)]
    private static partial Regex Source();

    [GeneratedRegex("""[a-zA-Z]+""", RegexOptions.CultureInvariant, 100)]
    private static partial Regex FirstWord();
}
