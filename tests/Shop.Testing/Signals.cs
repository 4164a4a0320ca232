using System.Runtime.InteropServices;

namespace Shop.Testing;

/// <summary>Signals to processes; one that has ended gets none.</summary>
public static class Signals
{
    private const int KillNumber = 9;
    private static readonly (int Stop, int Continue) _numbers = OperatingSystem.IsMacOS() ? (17, 19) : (19, 18);

    /// <summary>Sends SIGKILL: the process ends at once.</summary>
    /// <param name="process">Its number.</param>
    public static void Kill(int process) => _ = Send(process, KillNumber);

    /// <summary>Sends SIGSTOP: the process stands still.</summary>
    /// <param name="process">Its number.</param>
    public static void Stop(int process) => _ = Send(process, _numbers.Stop);

    /// <summary>Sends SIGCONT: the process goes on.</summary>
    /// <param name="process">Its number.</param>
    public static void Continue(int process) => _ = Send(process, _numbers.Continue);

    [DllImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Send(int process, int signal);
}
