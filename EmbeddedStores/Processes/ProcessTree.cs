using System.Diagnostics;
using System.Globalization;

namespace EmbeddedStores.Processes;

/// <summary>A process and everything that it started.</summary>
internal static class ProcessTree
{
    /// <summary>Gets whether a process exists. A zombie does not count.</summary>
    public static bool IsRunning(int processId) => Parents().ContainsKey(processId);

    /// <summary>Stops a process and its descendants (SIGSTOP), the parent first so that it starts no other.</summary>
    public static void Stop(int processId) => ForEach(processId, UnixSignals.Stop);

    /// <summary>Lets a process and its descendants go on (SIGCONT).</summary>
    public static void Continue(int processId) => ForEach(processId, UnixSignals.Continue);

    /// <summary>Kills a process and its descendants (SIGKILL), the parent first so that it starts no other.</summary>
    public static void Kill(int processId) => ForEach(processId, UnixSignals.Kill);

    private static void ForEach(int processId, Action<int> act)
    {
        if (processId <= 1)
        {
            return; // every process descends from these
        }

        var before = Parents(); // a killed parent's children get another parent
        act(processId);
        foreach (var id in DescendantsOf(processId, before).Union(DescendantsOf(processId, Parents())))
        {
            act(id);
        }
    }

    private static IEnumerable<int> DescendantsOf(int processId, Dictionary<int, int> parents)
    {
        foreach (var (child, _) in parents.Where(pair => pair.Value == processId))
        {
            yield return child;
            foreach (var descendant in DescendantsOf(child, parents))
            {
                yield return descendant;
            }
        }
    }

    private static Dictionary<int, int> Parents() => (OperatingSystem.IsLinux() ? FromProc() : FromPs())
        .DistinctBy(static pair => pair.Id).ToDictionary(static pair => pair.Id, static pair => pair.Parent);

    private static IEnumerable<(int Id, int Parent)> FromProc()
    {
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out var id))
            {
                continue;
            }

            string stat;
            try
            {
                stat = File.ReadAllText(Path.Combine(folder, "stat"));
            }
            catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
            {
                continue;
            }

            // proc(5): the program's name stands in brackets and may hold anything, so count from its last bracket.
            var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            if (fields[0] is not ("Z" or "X"))
            {
                yield return (id, int.Parse(fields[1], CultureInfo.InvariantCulture));
            }
        }
    }

    private static IEnumerable<(int Id, int Parent)> FromPs()
    {
        using var ps = Process.Start(new ProcessStartInfo("ps", ["-A", "-o", "pid=,ppid=,stat="]) { UseShellExecute = false, RedirectStandardOutput = true })!;
        while (ps.StandardOutput.ReadLine() is { } line)
        {
            var fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (fields.Length > 2 && !fields[2].StartsWith('Z'))
            {
                yield return (int.Parse(fields[0], CultureInfo.InvariantCulture), int.Parse(fields[1], CultureInfo.InvariantCulture));
            }
        }
    }
}
