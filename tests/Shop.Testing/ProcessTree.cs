using System.Globalization;
using System.Net;

namespace Shop.Testing;

/// <summary>Which process started which, as <c>/proc</c> tells.</summary>
public static class ProcessTree
{
    private const int Parent = 1; // of what follows the name in /proc/<pid>/stat: state, parent, …

    /// <summary>Finds the children of a process, their children, and so on.</summary>
    /// <param name="process">The number of the first one.</param>
    /// <returns>The numbers, without the first one.</returns>
    public static IReadOnlyList<int> DescendantsOf(int process)
    {
        var children = WithParents().ToLookup(static each => each.Parent, static each => each.Id);
        var found = new List<int>();
        for (var open = new Queue<int>([process]); open.TryDequeue(out var next);)
        {
            foreach (var child in children[next])
            {
                found.Add(child);
                open.Enqueue(child);
            }
        }

        return found;
    }

    /// <summary>Gets all processes.</summary>
    /// <returns>Their numbers and command lines.</returns>
    public static IReadOnlyList<(int Id, string Command)> All() => [.. WithParents().Select(static each => (each.Id, CommandOf(each.Id)))];

    /// <summary>Gets the command line of a process.</summary>
    /// <param name="process">Its number.</param>
    /// <returns>The words, with a blank between them; empty when the process is gone.</returns>
    public static string CommandOf(int process) => Read(process, "cmdline").Replace('\0', ' ').Trim();

    /// <summary>Gets the environment that a process was started with.</summary>
    /// <param name="process">Its number.</param>
    /// <returns>Lines of <c>NAME=value</c>; none when the process is gone.</returns>
    public static IReadOnlyList<string> EnvironmentOf(int process) => Read(process, "environ").Split('\0', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>Gets the sockets that a process has open.</summary>
    /// <param name="process">Its number.</param>
    /// <returns>The sockets' inodes.</returns>
    public static IReadOnlyList<string> SocketsOf(int process)
    {
        try
        {
            return
            [
                .. new DirectoryInfo(Path.Combine("/proc", process.ToString(CultureInfo.InvariantCulture), "fd")).EnumerateFiles()
                    .Select(static file => file.LinkTarget).OfType<string>()
                    .Where(static target => target.StartsWith("socket:[", StringComparison.Ordinal)).Select(static target => target["socket:[".Length..^1]),
            ];
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    /// <summary>Gets all TCP sockets of this machine that listen.</summary>
    /// <returns>Their inodes and addresses.</returns>
    public static IReadOnlyList<(string Inode, IPEndPoint Address)> Listeners()
    {
        const int LocalAddress = 1; // columns of /proc/net/tcp: proc_pid_net(5)
        const int State = 3;
        const int Inode = 9;
        return
        [
            .. from table in (string[])["/proc/net/tcp", "/proc/net/tcp6"]
               where File.Exists(table)
               from line in File.ReadLines(table).Skip(1)
               let columns = line.Split(' ', StringSplitOptions.RemoveEmptyEntries)
               where columns[State] == "0A"
               select (columns[Inode], EndPointOf(columns[LocalAddress])),
        ];
    }

    // Hexadecimal, the address in words of four bytes with the lowest byte first.
    private static IPEndPoint EndPointOf(string text)
    {
        var parts = text.Split(':');
        var bytes = Convert.FromHexString(parts[0]);
        for (var word = 0; word < bytes.Length; word += 4)
        {
            bytes.AsSpan(word, 4).Reverse();
        }

        return new(new IPAddress(bytes), int.Parse(parts[1], NumberStyles.HexNumber, CultureInfo.InvariantCulture));
    }

    private static string Read(int process, string file)
    {
        try
        {
            return File.ReadAllText(Path.Combine("/proc", process.ToString(CultureInfo.InvariantCulture), file));
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }

    private static IEnumerable<(int Id, int Parent)> WithParents() =>
        from folder in Directory.EnumerateDirectories("/proc")
        let name = Path.GetFileName(folder)
        where int.TryParse(name, CultureInfo.InvariantCulture, out _)
        let parent = ParentOf(folder)
        where parent is not null
        select (int.Parse(name, CultureInfo.InvariantCulture), parent.Value);

    private static int? ParentOf(string folder)
    {
        try
        {
            // The name is in parentheses, and may itself hold some.
            var fields = File.ReadAllText(Path.Combine(folder, "stat")).Split(')')[^1].Split(' ', StringSplitOptions.RemoveEmptyEntries);
            return int.Parse(fields[Parent], CultureInfo.InvariantCulture);
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
