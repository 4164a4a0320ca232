using System.Diagnostics;
using System.Globalization;

namespace EmbeddedStores.Processes;

/// <summary>Ends a store when this process is killed: a shell waits on a pipe that the system closes together with this process.</summary>
/// <remarks>
/// A Linux parent-death signal would not do: it is sent when the thread that started the child ends, and that is a thread of the pool.
/// There is none on Windows.
/// </remarks>
internal sealed class ParentWatch : IDisposable
{
    // SIGQUIT ends PostgreSQL with all its processes; a second later SIGKILL ends what is left.
    private const string Script = "trap '' INT HUP QUIT TERM; read -r _; kill -s QUIT \"$1\"; sleep 1; kill -s KILL \"$1\"";

    private readonly Process? _shell;

    /// <summary>Begins to watch.</summary>
    /// <param name="processId">The store's process.</param>
    public ParentWatch(int processId)
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        string[] arguments = ["-c", Script, "embedded-stores-watch", processId.ToString(CultureInfo.InvariantCulture)];
        _shell = Process.Start(new ProcessStartInfo("/bin/sh", arguments)
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardError = true, // "no such process" interests nobody
        });
    }

    /// <summary>Ends the watch. The store is left alone.</summary>
    public void Dispose()
    {
        _shell?.Kill(); // before its pipe closes
        _shell?.Dispose();
    }
}
