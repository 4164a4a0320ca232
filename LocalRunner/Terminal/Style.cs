namespace LocalRunner.Terminal;

/// <summary>Colours for a terminal that shows them; plain text for a pipe, a file, and who has set NO_COLOR.</summary>
internal sealed class Style(bool colours)
{
    /// <summary>Gets the style of this process's standard output.</summary>
    public static Style OfThisTerminal => new(Suits(Console.IsOutputRedirected, Environment.GetEnvironmentVariable("NO_COLOR"), Environment.GetEnvironmentVariable("TERM")));

    public static bool Suits(bool isRedirected, string? noColor, string? terminal) => !isRedirected && string.IsNullOrEmpty(noColor) && terminal != "dumb";

    public string Good(string text) => Paint(text, "32");

    public string Bad(string text) => Paint(text, "31");

    public string Notable(string text) => Paint(text, "33");

    public string Strong(string text) => Paint(text, "1");

    /// <summary>A line that a service wrote: with its own colours, or without any.</summary>
    public string Foreign(string line) => colours ? line : LocalRunnerControl.Plain(line);

    private string Paint(string text, string colour) => colours ? $"\x1b[{colour}m{text}\x1b[0m" : text;
}
