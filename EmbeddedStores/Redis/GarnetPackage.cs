using System.Globalization;
using EmbeddedStores.Processes;

namespace EmbeddedStores.Redis;

/// <summary>Garnet, which speaks Redis' protocol, from the NuGet tool <c>garnet-server</c>, for machines without redis-server.</summary>
/// <param name="cache">The folder that keeps it for later starts.</param>
internal sealed class GarnetPackage(string cache)
{
    /// <summary>The version that is installed.</summary>
    public const string Version = "2.2.8";

    private const string Tool = "garnet-server";

    private string Cached => Path.Combine(cache, $"garnet-{Version}");

    /// <summary>Finds the installed server.</summary>
    /// <returns>The full path of its dll, or null when it is not installed.</returns>
    public string? FindDll()
    {
        var versions = Path.Combine(Cached, ".store", Tool, Version, Tool, Version, "tools");
        return !Directory.Exists(versions) ? null
            : (from folder in Directory.EnumerateDirectories(versions, "net*")
               let version = FrameworkOf(folder)
               where version <= Environment.Version.Major
               orderby version descending
               let dll = Path.Combine(folder, "any", "GarnetServer.dll")
               where File.Exists(dll)
               select dll).FirstOrDefault();
    }

    /// <summary>Installs the tool into the cache.</summary>
    /// <param name="output">Receives the lines of dotnet.</param>
    /// <param name="cancellationToken">Ends the installation.</param>
    /// <returns>When <see cref="FindDll"/> finds it.</returns>
    /// <exception cref="StoreException">dotnet failed, or the cache can't be written.</exception>
    public async Task InstallAsync(Action<string> output, CancellationToken cancellationToken)
    {
        const string Mend = "Check the network and the NuGet sources, or install redis-server.";
        var dotnet = DotNetHost.Find() ?? throw new StoreException($"Garnet can't be installed, because dotnet is not on PATH. {Mend}");

        // Under another name until it is complete: the cache never holds half of it, and two AppHosts may install at once.
        var building = Path.Combine(cache, Path.GetRandomFileName());
        try
        {
            Directory.CreateDirectory(building);
            await ToolCommand.RunAsync(
                [dotnet, "tool", "install", Tool, "--version", Version, "--tool-path", building], building, output, Mend, cancellationToken);
            try
            {
                Directory.Move(building, Cached);
            }
            catch (IOException) when (Directory.Exists(Cached))
            {
                // Another AppHost was faster.
            }
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new StoreException(
                $"Garnet can't be installed under {cache} ({failure.Message.TrimEnd('.')}). Make it writable, set Stores:Cache to another folder, or install redis-server.",
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

    private static int FrameworkOf(string folder) =>
        int.TryParse(Path.GetFileName(folder)["net".Length..].Split('.')[0], CultureInfo.InvariantCulture, out var major) ? major : int.MaxValue;
}
