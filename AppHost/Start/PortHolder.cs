using System.Globalization;

namespace AppHost.Start;

/// <summary>Finds the process that listens on a port, as far as this user may see.</summary>
internal static class PortHolder
{
    private const int LocalAddress = 1; // columns of /proc/net/tcp: proc_pid_net(5)
    private const int State = 3;
    private const int Inode = 9;
    private const string Orchestrator = "dcp";
    private const string Listening = "0A";

    /// <summary>Finds the process.</summary>
    /// <param name="port">The port.</param>
    /// <returns>Its name and number, or null where they can't be told: another user's process, or a platform without /proc.</returns>
    public static string? Find(int port)
    {
        if (!OperatingSystem.IsLinux())
        {
            return null;
        }

        var sockets = Sockets("/proc/net/tcp", port).Concat(Sockets("/proc/net/tcp6", port)).ToHashSet(StringComparer.Ordinal);
        var holder = sockets.Count == 0 ? null : Directory.EnumerateDirectories("/proc").FirstOrDefault(process => Holds(process, sockets));
        if (holder is null)
        {
            return null;
        }

        var name = File.ReadAllText(Path.Combine(holder, "comm")).Trim();
        return $"{(name == Orchestrator ? "another Aspire application's orchestrator" : name)} (process {Path.GetFileName(holder)})";
    }

    private static IEnumerable<string> Sockets(string table, int port) => !File.Exists(table) ? [] :
        from line in File.ReadLines(table).Skip(1)
        let columns = line.Split(' ', StringSplitOptions.RemoveEmptyEntries)
        where columns[State] == Listening
            && columns[LocalAddress].EndsWith(string.Create(CultureInfo.InvariantCulture, $":{port:X4}"), StringComparison.Ordinal)
        select $"socket:[{columns[Inode]}]";

    private static bool Holds(string process, HashSet<string> sockets)
    {
        try
        {
            return int.TryParse(Path.GetFileName(process), CultureInfo.InvariantCulture, out _)
                && new DirectoryInfo(Path.Combine(process, "fd")).EnumerateFiles()
                    .Any(file => file.LinkTarget is { } target && sockets.Contains(target));
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
