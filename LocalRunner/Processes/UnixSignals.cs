using System.Runtime.InteropServices;

namespace LocalRunner.Processes;

/// <summary>Sends POSIX signals, which <see cref="System.Diagnostics.Process"/> can't (it only kills).</summary>
internal static class UnixSignals
{
    private const int Interrupt = 2; // these four have the same numbers on every Unix that .NET runs on
    private const int Quit = 3;
    private const int KillNumber = 9;
    private const int Terminate = 15;

    /// <summary>Asks a process to stop.</summary>
    /// <param name="processId">A process that is known to be alive.</param>
    /// <param name="signal">How to ask.</param>
    public static void Send(int processId, StopSignal signal) => _ = Kill(processId, signal switch
    {
        StopSignal.Interrupt => Interrupt,
        StopSignal.Quit => Quit,
        _ => Terminate,
    });

    /// <summary>Kills every process of a group.</summary>
    /// <param name="leaderId">The process that leads it. No harm comes of one that leads none.</param>
    public static void KillGroup(int leaderId) => _ = Kill(-leaderId, KillNumber);

    /// <summary>Kills one process.</summary>
    /// <param name="processId">A process that is known to be alive.</param>
    public static void Kill(int processId) => _ = Kill(processId, KillNumber);

    /// <summary>Names a signal as <c>kill -s</c> takes it.</summary>
    /// <param name="signal">The signal.</param>
    /// <returns>Its name without SIG.</returns>
    public static string NameOf(StopSignal signal) => signal switch
    {
        StopSignal.Interrupt => "INT",
        StopSignal.Quit => "QUIT",
        _ => "TERM",
    };

    // The result is not looked at: the one likely failure is that the process has just gone, which is what was wanted.
    [DllImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Kill(int processId, int signal);
}
