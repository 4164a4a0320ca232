using System.Runtime.InteropServices;

namespace Chaos.Tests.Faults;

/// <summary>Stops a process where it stands, and lets it go on: to those who talk to it, it hangs.</summary>
internal static class Signals
{
    private static readonly (int Stop, int Continue) _numbers = OperatingSystem.IsMacOS() ? (17, 19) : (19, 18);

    /// <summary>Sends SIGSTOP.</summary>
    /// <param name="process">To whom; one that is gone is none.</param>
    public static void Stop(int process) => _ = Kill(process, _numbers.Stop);

    /// <summary>Sends SIGCONT.</summary>
    /// <param name="process">To whom; one that is gone is none.</param>
    public static void Continue(int process) => _ = Kill(process, _numbers.Continue);

    [DllImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Kill(int process, int signal);
}
