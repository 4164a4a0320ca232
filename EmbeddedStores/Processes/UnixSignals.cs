using System.Runtime.InteropServices;

namespace EmbeddedStores.Processes;

/// <summary>Sends POSIX signals: <see cref="System.Diagnostics.Process"/> can only kill.</summary>
internal static class UnixSignals
{
    private const int InterruptNumber = 2; // these have the same numbers on every Unix that .NET runs on
    private const int KillNumber = 9;
    private const int TerminateNumber = 15;
    private static readonly (int Stop, int Continue) _job = OperatingSystem.IsMacOS() ? (17, 19) : (19, 18);

    /// <summary>Sends SIGINT. PostgreSQL ends its sessions and stops.</summary>
    public static void Interrupt(int processId) => Send(processId, InterruptNumber);

    /// <summary>Sends SIGTERM.</summary>
    public static void Terminate(int processId) => Send(processId, TerminateNumber);

    /// <summary>Sends SIGKILL.</summary>
    public static void Kill(int processId) => Send(processId, KillNumber);

    /// <summary>Sends SIGSTOP.</summary>
    public static void Stop(int processId) => Send(processId, _job.Stop);

    /// <summary>Sends SIGCONT.</summary>
    public static void Continue(int processId) => Send(processId, _job.Continue);

    // The result is not used: the likely failure is that the process has just ended.
    private static void Send(int processId, int signal)
    {
        if (processId > 1 && !OperatingSystem.IsWindows())
        {
            _ = Kill(processId, signal);
        }
    }

    [DllImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Kill(int processId, int signal);
}
