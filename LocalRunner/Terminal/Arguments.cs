namespace LocalRunner.Terminal;

/// <summary>What a person asks of the AppHost on the command line.</summary>
/// <param name="Help">Whether to say what can be asked.</param>
/// <param name="Reset">Whether to begin with empty stores.</param>
/// <param name="Error">What can't be understood, and what to do; null when all can.</param>
internal sealed record Arguments(bool Help, bool Reset, string? Error)
{
    public static string HelpText { get; } =
        """
        Starts the application on this machine with LocalRunner, a stand-in for Aspire: no Docker, no container.

          dotnet run --project AppHost [-- <option>…]

          --reset              delete the data of earlier starts, then start
          --Section:Key=value  configuration, such as --ConnectionStrings:postgres="Host=…;Username=…;Password=…" for a server of your own
          --help               this text

        Ctrl+C stops everything; a second one stops hard. NO_COLOR=1 switches colours off.
        OTEL_EXPORTER_OTLP_ENDPOINT sends the services' telemetry to a collector or a dashboard. LocalRunner/README.md has the rest.
        """;

    /// <summary>Reads the arguments.</summary>
    /// <param name="args">The arguments.</param>
    /// <returns>What they ask for, or the first that means nothing.</returns>
    public static Arguments Parse(IReadOnlyList<string> args)
    {
        var unknown = args.FirstOrDefault(static arg => arg is not ("--help" or "-h" or "-?" or "--reset") && !IsConfiguration(arg));
        return new(
            args.Any(static arg => arg is "--help" or "-h" or "-?"),
            args.Contains("--reset"),
            unknown is null ? null : $"'{unknown}' is not an option of the AppHost. Run 'dotnet run --project AppHost -- --help' for what is.");
    }

    private static bool IsConfiguration(string arg) =>
        arg.StartsWith("--", StringComparison.Ordinal) && arg.IndexOf('=', StringComparison.Ordinal) is > 0 and var end && arg[..end].Contains(':', StringComparison.Ordinal);
}
