using System.Text.Json;
using System.Text.RegularExpressions;
using LocalRunner.Processes;

namespace LocalRunner.Stores;

/// <summary>A server that speaks Redis's protocol: Redis itself, or Garnet.</summary>
/// <param name="Description">Which one and its version, such as "Redis 7.0.15" or "Redis: garnet 2.2.8".</param>
/// <param name="Program">The program to start.</param>
/// <param name="FirstArguments">What stands before its configuration.</param>
/// <param name="IsGarnet">Whether it takes Garnet's configuration rather than Redis's.</param>
internal sealed partial record RedisBinaries(string Description, string Program, IReadOnlyList<string> FirstArguments, bool IsGarnet)
{
    private const string Tool = "garnet-server";

    /// <summary>Finds a server: Redis on PATH, else Garnet as restored by <c>dotnet tool restore</c>.</summary>
    /// <param name="redisFolders">Where to look for Redis.</param>
    /// <param name="cancellationToken">Ends the search.</param>
    /// <returns>The server, or null when there is neither.</returns>
    public static async Task<RedisBinaries?> FindAsync(IEnumerable<string> redisFolders, CancellationToken cancellationToken)
    {
        if (Executables.FindIn("redis-server", redisFolders) is { } redis
            && await ShortCommand.ReadAsync([redis, "--version"], cancellationToken) is { } answer
            && RedisVersion().Match(answer) is { Success: true } version)
        {
            return new($"Redis {version.Value}", redis, [], IsGarnet: false);
        }

        // Started from its dll, since "dotnet tool run" would stand between as a second process, and take another 60 MB.
        return Pinned() is { } pinned && Dll(pinned) is { } dll
            ? new($"Redis: garnet {pinned}", DotNetHost.FullPath, [dll], IsGarnet: true)
            : null;
    }

    /// <summary>Finds the repository's list of tools: in the nearest folder above the program, else above the working directory.</summary>
    /// <returns>The folder that has it, or null.</returns>
    public static string? FindRepository() => Above(AppContext.BaseDirectory) ?? Above(Directory.GetCurrentDirectory());

    private static string? Above(string folder)
    {
        for (var candidate = new DirectoryInfo(folder); candidate is not null; candidate = candidate.Parent)
        {
            if (File.Exists(ManifestOf(candidate.FullName)))
            {
                return candidate.FullName;
            }
        }

        return null;
    }

    private static string ManifestOf(string repository) => Path.Combine(repository, ".config", "dotnet-tools.json");

    private static string? Pinned()
    {
        if (FindRepository() is not { } repository)
        {
            return null;
        }

        using var manifest = JsonDocument.Parse(File.ReadAllText(ManifestOf(repository)));
        return manifest.RootElement.GetProperty("tools").TryGetProperty(Tool, out var tool) ? tool.GetProperty("version").GetString() : null;
    }

    private static string? Dll(string version)
    {
        var packages = Environment.GetEnvironmentVariable("NUGET_PACKAGES") is { Length: > 0 } given ? given
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");
        var tools = Path.Combine(packages, Tool, version, "tools");
        return Directory.Exists(tools)
            ? Directory.EnumerateFiles(tools, "GarnetServer.dll", SearchOption.AllDirectories).Order(StringComparer.Ordinal).LastOrDefault()
            : null;
    }

    [GeneratedRegex(@"(?<=v=)[\d.]+", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex RedisVersion();
}
