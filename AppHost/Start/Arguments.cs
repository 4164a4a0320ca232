namespace AppHost.Start;

/// <summary>What a person asks of the AppHost on the command line.</summary>
/// <param name="Help">Whether to print the help and end.</param>
/// <param name="Error">What can't be understood, and what to do; null when all can.</param>
/// <param name="Configuration">The arguments in the form that configuration reads.</param>
internal sealed record Arguments(bool Help, string? Error, string[] Configuration)
{
    private const string Reset = "--reset";

    // The sections that the AppHost, the libraries that it calls, and Aspire itself read. A key of any other name would be taken silently.
    private static readonly string[] _sections =
        ["AppHost", "ConnectionStrings", "DcpPublisher", "Dashboard", "Faults", "Logging", "Parameters", "Pipeline", "Publishing", "Recovery", "Stores"];

    // Aspire's own, for publishing, for its command-line tool and for its testing package.
    private static readonly string[] _keys =
        ["applicationName", "contentRoot", "deploy", "environment", "include-exception-details", "log-level", "operation", "output-path", "publisher", "step"];

    /// <summary>Gets what <c>--help</c> prints.</summary>
    public static string HelpText { get; } =
        """
        Starts the shop on this machine: PostgreSQL, Redis, inventory, two orders, the gateway, and Aspire's dashboard.

          dotnet run --project AppHost [-- <option>…]

          --reset                 delete the stores' data of earlier starts, then start
          --Stores=containers     run PostgreSQL and Redis in containers (needs Docker or Podman)
          --Stores:Data=<folder>  keep the stores' data there
          --ConnectionStrings:postgres="Host=…;Username=…;Password=…"
          --ConnectionStrings:cache="host:port,password=…"
                                  use a server of your own
          --Faults:Proxy=true     lead five edges through the fault proxy
          --Recovery:Mode=Off     leave what has died as it is (Act, DryRun or Off)
          --help                  this text

        Ctrl+C stops everything; a second one stops hard. NO_COLOR=1 switches colours off.
        """;

    /// <summary>Reads the arguments.</summary>
    /// <param name="args">The arguments.</param>
    /// <returns>What they ask for, or the first that means nothing.</returns>
    public static Arguments Parse(IReadOnlyList<string> args)
    {
        var isHelp = false;
        string? unknown = null;
        var configuration = new List<string>();
        for (var index = 0; index < args.Count; index++)
        {
            var arg = args[index];
            if (arg is "--help" or "-h" or "-?")
            {
                isHelp = true;
            }
            else if (arg == Reset)
            {
                configuration.Add("--Stores:Reset=true");
            }
            else if (!IsKnown(arg))
            {
                unknown ??= arg;
            }
            else
            {
                configuration.Add(arg);
                if (!arg.Contains('=', StringComparison.Ordinal) && index + 1 < args.Count)
                {
                    configuration.Add(args[++index]); // a key's value
                }
            }
        }

        return new(
            isHelp,
            unknown is null ? null : $"'{unknown}' is not an option of the AppHost. Run 'dotnet run --project AppHost -- --help' for those that are.",
            [.. configuration]);
    }

    private static bool IsKnown(string arg)
    {
        if (!arg.StartsWith("--", StringComparison.Ordinal))
        {
            return false;
        }

        var key = arg[2..].Split('=')[0];
        return _keys.Contains(key, StringComparer.OrdinalIgnoreCase) || _sections.Contains(key.Split(':')[0], StringComparer.OrdinalIgnoreCase);
    }
}
