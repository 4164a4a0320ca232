using System.Diagnostics;
using System.Globalization;

namespace LocalRunner.Processes;

/// <summary>Builds the chain of commands that a child starts through on Unix.</summary>
/// <remarks>Each takes the place of the one before it (exec), so the process stays one, under the number that we know.</remarks>
internal static class UnixLaunch
{
    // Waits for a line before it becomes the program. By then the child is in the ledger and the watchdog's care: there is no moment in
    // which a killed AppHost leaves a program that nobody knows of. Without the line (the pipe just closes) it never becomes anything.
    private const string WaitForGo = "read -r go && exec \"$@\" </dev/null";

    // dash and ash drop variables whose names they can't spell, such as ConnectionStrings__orders-db; bash hands them on.
    private static string Shell { get; } = Executables.Find("bash") ?? "/bin/sh";

    /// <summary>Gets what gives a process a session of its own, out of reach of the terminal's Ctrl+C.</summary>
    /// <value>Nothing where setsid is missing, as on macOS: there the terminal interrupts the children as well.</value>
    public static IReadOnlyList<string> OwnSession { get; } = Executables.Find("setsid") is { } setsid ? [setsid] : [];

    /// <summary>Builds the command for a child.</summary>
    /// <param name="program">The program's full path.</param>
    /// <param name="start">What to start.</param>
    /// <returns>The command: it waits for a line on its standard input before it becomes the program.</returns>
    /// <exception cref="ChildProcessException">It shall run as a user that doesn't exist, or that this process can't become.</exception>
    public static ProcessStartInfo Command(string program, ChildProcessStart start)
    {
        string[] asUser = start.RunAs is { } user ? [.. AsUser(user)] : [];
        string[] command = [.. OwnSession, Shell, "-c", WaitForGo, start.Name, .. asUser, program, .. start.Arguments];
        return new(command[0], command[1..]);
    }

    /// <summary>Builds what stands before a command so that it runs as another user.</summary>
    /// <param name="name">The user's login name.</param>
    /// <returns>The words to put before it.</returns>
    /// <exception cref="ChildProcessException">There is no such user, or no way to become it.</exception>
    public static IReadOnlyList<string> AsUser(string name)
    {
        var user = UnixUser.Find(name) ?? throw new ChildProcessException(
            $"Nothing can run as '{name}', because this machine has no such user. Create it, or don't run as root.");
        var setpriv = Executables.Find("setpriv") ?? throw new ChildProcessException(
            $"Nothing can run as '{name}', because setpriv is not on PATH. Install util-linux, or don't run as root.");
        return
        [
            setpriv, string.Create(CultureInfo.InvariantCulture, $"--reuid={user.UserId}"),
            string.Create(CultureInfo.InvariantCulture, $"--regid={user.GroupId}"), "--clear-groups", "--",
        ];
    }
}
