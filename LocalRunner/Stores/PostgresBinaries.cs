using System.Globalization;
using System.Text.RegularExpressions;
using LocalRunner.Processes;

namespace LocalRunner.Stores;

/// <summary>One installed PostgreSQL.</summary>
/// <param name="Folder">The folder of its programs.</param>
/// <param name="Version">Its version, such as 15.18.</param>
internal sealed partial record PostgresBinaries(string Folder, string Version)
{
    /// <summary>Gets the program that makes a new data directory.</summary>
    public string InitDb => Executables.FindIn("initdb", [Folder])!;

    /// <summary>Gets the server.</summary>
    public string Postgres => Executables.FindIn("postgres", [Folder])!;

    /// <summary>Gets the part of the version that says whose data directories it can read.</summary>
    public string Major => Version.Split('.')[0];

    /// <summary>Gets the folders to look in: PATH, then where the platforms' packages put it, the newest version first.</summary>
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

    /// <summary>Finds an installed PostgreSQL.</summary>
    /// <param name="folders">Where to look, in this order.</param>
    /// <param name="major">The major version whose data there is already; null when there is none. It is preferred to what comes first.</param>
    /// <param name="runAs">The user that must be able to run it; null for ourselves.</param>
    /// <param name="cancellationToken">Ends the search.</param>
    /// <returns>The installation, or null when there is none.</returns>
    public static async Task<PostgresBinaries?> FindAsync(
        IEnumerable<string> folders, string? major, UnixUser? runAs, CancellationToken cancellationToken)
    {
        PostgresBinaries? first = null;
        foreach (var folder in folders.Where(Path.IsPathRooted).Distinct(StringComparer.Ordinal))
        {
            if (await ReadAsync(folder, runAs, cancellationToken) is { } found)
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

    private static async Task<PostgresBinaries?> ReadAsync(string folder, UnixUser? runAs, CancellationToken cancellationToken)
    {
        if (Executables.FindIn("initdb", [folder]) is null || Executables.FindIn("postgres", [folder]) is not { } postgres)
        {
            return null;
        }

        // As the user that will run it: what lies in root's home is of no use to anybody else.
        string[] command = [.. runAs is null ? [] : UnixLaunch.AsUser(runAs.Name), postgres, "--version"];
        var answer = await ShortCommand.ReadAsync(command, cancellationToken);
        return answer is not null && VersionPattern().Match(answer) is { Success: true } match ? new(folder, match.Value) : null;
    }

    private static IEnumerable<string> Below(string parent, string pattern, string child) => !Directory.Exists(parent) ? [] :
        from folder in Directory.EnumerateDirectories(parent, pattern)
        orderby NumberIn(Path.GetFileName(folder)) descending
        select Path.Combine(folder, child);

    private static double NumberIn(string name) =>
        double.TryParse(VersionPattern().Match(name).Value, CultureInfo.InvariantCulture, out var number) ? number : 0;

    [GeneratedRegex(@"\d+(\.\d+)?", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex VersionPattern();
}
