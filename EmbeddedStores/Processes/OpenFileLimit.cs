using System.Runtime.InteropServices;

namespace EmbeddedStores.Processes;

/// <summary>Reads how many files this process may open.</summary>
internal static class OpenFileLimit
{
    /// <summary>How many files a start needs: the orchestrator's client, the dashboard and the stores together.</summary>
    public const ulong Needed = 1024;

    /// <summary>Reads the hard limit. The .NET runtime raises the soft limit to it when a program starts.</summary>
    /// <returns>The limit, or null where there is none to read.</returns>
    public static ulong? ReadHard() => !OperatingSystem.IsWindows() && GetLimit(OperatingSystem.IsMacOS() ? 8 : 7, out var limit) == 0 ? limit.Hard : null;

    [DllImport("libc", EntryPoint = "getrlimit")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int GetLimit(int resource, out Limit limit);

    [StructLayout(LayoutKind.Sequential)]
    private readonly struct Limit
    {
        public readonly nuint Soft;
        public readonly nuint Hard;
    }
}
