using System.Diagnostics;

namespace Resilience.Memory;

/// <summary>What this process uses of the system, and what it may. What this system doesn't tell is null and named in <see cref="Unreadable"/>.</summary>
public sealed record SystemResources
{
    /// <summary>Gets how much processor time it has used.</summary>
    public required TimeSpan ProcessorTime { get; init; }

    /// <summary>Gets how many processors' worth of time it may use.</summary>
    public required double Processors { get; init; }

    /// <summary>Gets how many bytes of physical memory it holds.</summary>
    public required long WorkingSet { get; init; }

    /// <summary>Gets how many threads it has.</summary>
    public required int Threads { get; init; }

    /// <summary>Gets how many handles (on Linux: file descriptors) it holds.</summary>
    public required int? Handles { get; init; }

    /// <summary>Gets how many of them are sockets.</summary>
    public required int? Sockets { get; init; }

    /// <summary>Gets what can't be read here, and why.</summary>
    public required IReadOnlyList<string> Unreadable { get; init; }

    /// <summary>Reads them. Opens files and asks the system: some hundred microseconds, so not for each request.</summary>
    /// <returns>As of now.</returns>
    public static SystemResources Read() => Read(new Cgroup(), "/proc/self/fd", OperatingSystem.IsWindows());

    internal static SystemResources Read(Cgroup cgroup, string descriptors, bool isWindows)
    {
        using var process = Process.GetCurrentProcess();
        var links = Links(descriptors);
        List<string> unreadable = [];
        if (links is null)
        {
            unreadable.Add("Sockets: only Linux tells a process which of its descriptors are sockets.");
            if (!isWindows)
            {
                unreadable.Add($"Handles: there is no {descriptors} to count them in.");
            }
        }

        return new()
        {
            ProcessorTime = process.TotalProcessorTime,
            Processors = Math.Min(cgroup.Processors() ?? double.MaxValue, Environment.ProcessorCount),
            WorkingSet = Environment.WorkingSet,
            Threads = process.Threads.Count,
            Handles = links?.Count ?? (isWindows ? process.HandleCount : null),
            Sockets = links?.Count(static link => link.StartsWith("socket:", StringComparison.Ordinal)),
            Unreadable = unreadable,
        };
    }

    private static List<string>? Links(string descriptors)
    {
        try
        {
            return Directory.Exists(descriptors) ? [.. Directory.EnumerateFileSystemEntries(descriptors).Select(Target)] : null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    // A descriptor may be closed between the listing and the look.
    private static string Target(string path)
    {
        try
        {
            return new FileInfo(path).LinkTarget ?? "";
        }
        catch (IOException)
        {
            return "";
        }
    }
}
