using System.Globalization;
using System.Text.RegularExpressions;
using EmbeddedStores.Processes;

namespace EmbeddedStores.Postgres;

/// <summary>An installed PostgreSQL.</summary>
/// <param name="Folder">The folder of its programs.</param>
/// <param name="Version">Its version, such as 15.18.</param>
internal sealed partial record PostgresInstallation(string Folder, string Version)
{
    /// <summary>Gets the part of the version that a data directory must match.</summary>
    public string Major => Version.Split('.')[0];

    /// <summary>Gets the folders to look in: PATH, then the usual folders of the platforms' packages, the newest version first.</summary>
    public static IEnumerable<string> UsualFolders =>
    [
        .. Executables.PathFolders,
        .. Below("/usr/lib/postgresql", "*", "bin"), // Debian, Ubuntu
        .. Below("/usr", "pgsql-*", "bin"), // the project's own packages for Red Hat
        .. Below("/usr/libexec", "postgresql*", ""), // Alpine
        .. Below("/opt/homebrew/opt", "postgresql*", "bin"),
        .. Below("/usr/local/opt", "postgresql*", "bin"),
        "/usr/local/pgsql/bin",
        .. Below("/Applications/Postgres.app/Contents/Versions", "*", "bin"),
        .. Below(Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.ProgramFiles), "PostgreSQL"), "*", "bin"),
    ];

    /// <summary>Gets the full path of one of its programs.</summary>
    /// <param name="name">The program's name, without an extension.</param>
    public string Program(string name) => Path.Combine(Folder, OperatingSystem.IsWindows() ? name + ".exe" : name);

    /// <summary>Finds an installed PostgreSQL.</summary>
    /// <param name="folders">Where to look, in this order.</param>
    /// <param name="major">The major version of the data; null when there is no data. It is preferred to the order.</param>
    /// <param name="runAs">The user that must be able to run it; null for the current one.</param>
    /// <param name="passedOver">Is called with a sentence for each broken one.</param>
    /// <param name="cancellationToken">Ends the search.</param>
    /// <returns>The installation, or null when there is none.</returns>
    public static async Task<PostgresInstallation?> FindAsync(
        IEnumerable<string> folders, string? major, UnixUser? runAs, Action<string> passedOver, CancellationToken cancellationToken)
    {
        PostgresInstallation? first = null;
        foreach (var folder in folders.Distinct(StringComparer.Ordinal))
        {
            if (await ReadAsync(folder, runAs, passedOver, cancellationToken) is { } found)
            {
                if (major is null || found.Major == major)
                {
                    return found;
                }

                first ??= found;
            }
        }

        return first;
    }

    private static async Task<PostgresInstallation?> ReadAsync(string folder, UnixUser? runAs, Action<string> passedOver, CancellationToken cancellationToken)
    {
        var initdb = Executables.FindIn("initdb", [folder], passedOver);
        var postgres = Executables.FindIn("postgres", [folder], passedOver);
        if (initdb is null || postgres is null)
        {
            return null;
        }

        // As the user that will run it: a program in root's home is of no use to another user.
        string[] command = [.. UnixLaunch.AsUser(runAs), postgres, "--version"];
        var answer = await ShortCommand.RunAsync(command, cancellationToken);
        if (answer.Output is { } text && VersionPattern().Match(text) is { Success: true } match)
        {
            return new(folder, match.Value);
        }

        passedOver($"{postgres} was passed over: asked for its version, {answer.Failure ?? "it names none"}.");
        return null;
    }

    private static IEnumerable<string> Below(string parent, string pattern, string child)
    {
        try
        {
            return !Directory.Exists(parent) ? [] :
            [
                .. from folder in Directory.EnumerateDirectories(parent, pattern)
                   orderby NumberIn(Path.GetFileName(folder)) descending
                   select Path.Combine(folder, child),
            ];
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return []; // a folder that this user may not list
        }
    }

    private static double NumberIn(string name) =>
        double.TryParse(VersionPattern().Match(name).Value, CultureInfo.InvariantCulture, out var number) ? number : 0;

    [GeneratedRegex(@"\d+(\.\d+)?", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex VersionPattern();
}
