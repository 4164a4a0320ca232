using System.Text.RegularExpressions;

namespace AppHost.Start;

/// <summary>Colours for a terminal that shows them; plain text for a pipe, a file, and where <c>NO_COLOR</c> is set.</summary>
/// <param name="colours">Whether to use them.</param>
internal sealed partial class Style(bool colours)
{
    /// <summary>Gets the style that this process's standard output takes.</summary>
    public static Style OfThisTerminal => new(Suits(Console.IsOutputRedirected, Environment.GetEnvironmentVariable("NO_COLOR"), Environment.GetEnvironmentVariable("TERM")));

    public static bool Suits(bool isRedirected, string? noColor, string? terminal) => !isRedirected && string.IsNullOrEmpty(noColor) && terminal != "dumb";

    /// <summary>Takes the colours out of a line that a service wrote.</summary>
    public static string Plain(string line) => ControlSequence().Replace(line, "");

    public string Bad(string text) => Paint(text, "31");

    public string Notable(string text) => Paint(text, "33");

    public string Good(string text) => Paint(text, "32");

    public string Strong(string text) => Paint(text, "1");

    private string Paint(string text, string colour) => colours ? $"\x1b[{colour}m{text}\x1b[0m" : text;

    [GeneratedRegex(@"\x1b\[[0-9;?]*[A-Za-z]", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex ControlSequence();
}
