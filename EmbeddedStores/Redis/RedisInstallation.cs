using System.Text.RegularExpressions;
using EmbeddedStores.Processes;

namespace EmbeddedStores.Redis;

/// <summary>A server that speaks Redis' protocol: Redis, or Garnet.</summary>
/// <param name="Description">Its name and version, such as "Redis 7.0.15" or "Garnet 2.2.8".</param>
/// <param name="Command">The program and what stands before its configuration.</param>
/// <param name="IsGarnet">Whether it takes Garnet's configuration.</param>
internal sealed partial record RedisInstallation(string Description, IReadOnlyList<string> Command, bool IsGarnet)
{
    /// <summary>Finds redis-server, else an installed Garnet.</summary>
    /// <param name="folders">The folders in which redis-server is searched.</param>
    /// <param name="garnet">Garnet.</param>
    /// <param name="passedOver">Is called with a sentence for each broken redis-server.</param>
    /// <param name="cancellationToken">Ends the search.</param>
    /// <returns>The server, or null when there is none.</returns>
    public static async Task<RedisInstallation?> FindAsync(
        IEnumerable<string> folders, GarnetPackage garnet, Action<string> passedOver, CancellationToken cancellationToken)
    {
        foreach (var folder in folders.Distinct(StringComparer.Ordinal))
        {
            if (Executables.FindIn("redis-server", [folder], passedOver) is not { } redis)
            {
                continue;
            }

            var answer = await ShortCommand.RunAsync([redis, "--version"], cancellationToken);
            if (answer.Output is { } text && RedisVersion().Match(text) is { Success: true } version)
            {
                return new($"Redis {version.Value}", [redis], IsGarnet: false);
            }

            passedOver($"{redis} was passed over: asked for its version, {answer.Failure ?? "it names none"}.");
        }

        // Its dll is started directly: the tool's own launcher would be a second process of 60 MB.
        return garnet.FindDll() is { } dll && DotNetHost.Find() is { } dotnet
            ? new($"Garnet {GarnetPackage.Version}", [dotnet, dll], IsGarnet: true)
            : null;
    }

    [GeneratedRegex(@"(?<=v=)[\d.]+", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex RedisVersion();
}
