using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;

namespace LocalRunner.Processes;

/// <summary>A process known by its number and its start time: the number alone may belong to someone else by now.</summary>
/// <param name="Id">The process's number.</param>
/// <param name="StartTime">When it started, in the platform's own words; on Linux in clock ticks since boot, which exec doesn't change.</param>
internal readonly record struct ProcessIdentity(int Id, string StartTime)
{
    /// <summary>Gets whether this very process is still running. One that has ended and waits to be reaped is not.</summary>
    public bool IsRunning => Of(Id) == this;

    /// <summary>Finds the process that has a number now.</summary>
    /// <param name="processId">The number.</param>
    /// <returns>The process, or null when none runs under it.</returns>
    public static ProcessIdentity? Of(int processId)
    {
        var startTime = OperatingSystem.IsLinux() ? FromProc(processId)
            : OperatingSystem.IsWindows() ? FromHandle(processId)
            : FromPs(processId);
        return string.IsNullOrEmpty(startTime) ? null : new(processId, startTime);
    }

    private static string? FromProc(int processId)
    {
        try
        {
            var stat = File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{processId}/stat"));

            // proc(5): field 2 is the program's name in brackets and may hold anything, so count from its last bracket.
            // Field 3 is the state, 22 the start.
            var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            return fields[0] is "Z" or "X" ? null : fields[22 - 3];
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static string? FromHandle(int processId)
    {
        try
        {
            using var process = Process.GetProcessById(processId);
            return process.StartTime.ToFileTimeUtc().ToString(CultureInfo.InvariantCulture);
        }
        catch (Exception gone) when (gone is ArgumentException or InvalidOperationException or Win32Exception)
        {
            return null;
        }
    }

    // macOS has no /proc. The watchdog asks the same question in the same way, so that both get the same words.
    private static string? FromPs(int processId)
    {
        var ps = new ProcessStartInfo("ps", ["-o", "lstart=", "-p", processId.ToString(CultureInfo.InvariantCulture)])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            Environment = { ["LC_ALL"] = "C" },
        };
        using var process = Process.Start(ps);
        var words = process?.StandardOutput.ReadToEnd().Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        return words is null ? null : string.Join(' ', words);
    }
}
