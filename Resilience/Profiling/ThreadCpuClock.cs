using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Resilience.Profiling;

/// <summary>Reads how much CPU time the current thread has had: a system call, hundreds of nanoseconds.</summary>
/// <remarks>Linux and macOS have a clock in nanoseconds. Windows counts cycles, whose pace is measured once, in the first millisecond of use.</remarks>
internal static class ThreadCpuClock
{
    private const int LinuxThreadCpu = 3;
    private const int MacThreadCpu = 16;
    private static readonly nint _currentThread = -2; // Windows' pseudo-handle

    /// <summary>Gets what reads the clock, in nanoseconds; null where there is none.</summary>
    public static Func<long>? Read { get; } = Find();

    private static Func<long>? Find()
    {
        try
        {
            Func<long>? read = OperatingSystem.IsLinux() ? static () => ReadPosix(LinuxThreadCpu)
                : OperatingSystem.IsMacOS() ? static () => ReadPosix(MacThreadCpu)
                : OperatingSystem.IsWindows() ? ReadWindows()
                : null;
            return read?.Invoke() >= 0 ? read : null;
        }
        catch (Exception exception) when (exception is DllNotFoundException or EntryPointNotFoundException)
        {
            return null;
        }
    }

    private static long ReadPosix(int clock) => ClockGetTime(clock, out var time) == 0 ? (time.Seconds * 1_000_000_000) + time.Nanoseconds : -1;

    private static Func<long>? ReadWindows()
    {
        var start = Stopwatch.GetTimestamp();
        if (!QueryThreadCycleTime(_currentThread, out var first))
        {
            return null;
        }

        while (Stopwatch.GetElapsedTime(start) < TimeSpan.FromMilliseconds(1))
        {
        }

        QueryThreadCycleTime(_currentThread, out var last);
        var nanosecondsPerCycle = Stopwatch.GetElapsedTime(start).TotalNanoseconds / Math.Max(1, last - first);
        return () => QueryThreadCycleTime(_currentThread, out var cycles) ? (long)(cycles * nanosecondsPerCycle) : -1;
    }

    [DllImport("libc", EntryPoint = "clock_gettime")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int ClockGetTime(int clock, out Timespec time);

    [DllImport("kernel32", EntryPoint = "QueryThreadCycleTime")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static extern bool QueryThreadCycleTime(nint thread, out ulong cycles);

    [StructLayout(LayoutKind.Sequential)]
    private struct Timespec
    {
        public nint Seconds;
        public nint Nanoseconds;
    }
}
