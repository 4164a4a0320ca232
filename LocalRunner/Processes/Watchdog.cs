using System.Diagnostics;
using System.Globalization;

namespace LocalRunner.Processes;

/// <summary>A small process that outlives this one by a moment, to end the children of an AppHost that was killed.</summary>
/// <remarks>
/// It reads a pipe that only this process can write. However this process ends, the system closes the pipe; the watchdog then ends
/// every process that it was told of and that is still the same one by number and start time. It is a shell script so that it
/// needs nothing but what every Unix has, and starts in a millisecond. Linux could do it with a parent-death signal, but that one fires
/// when the <em>thread</em> that started the child ends, and ours are the thread pool's.
/// On Windows there is none: what a killed AppHost leaves behind is ended by the next start.
/// </remarks>
internal sealed class Watchdog : IDisposable
{
    // Each line in: number, signal, start time. Nothing is ever taken off: who has ended is no longer found under its start time.
    private const string Script = """
        trap '' INT HUP QUIT
        exec >/dev/null 2>&1
        cd /
        family=

        started() {
          if [ -e /proc/self/stat ]; then
            read -r line < "/proc/$1/stat" || return
            set -- ${line##*) }
            [ "$1" = Z ] || echo "${20}"
          else
            set -- $(LC_ALL=C ps -o lstart= -p "$1")
            echo "$*"
          fi
        }

        end() {
          printf '%s' "$family" | while read -r pid signal start; do
            [ "$(started "$pid")" = "$start" ] || continue
            echo "$pid"
            [ "$1" = look ] && continue
            [ "$1" = ask ] && kill -s "$signal" "$pid" && continue
            kill -s KILL -- "-$pid"
            kill -s KILL "$pid"
          done
        }

        while read -r child; do
          family="$child
        $family"
        done

        end ask
        tries=0
        while [ "$tries" -lt 20 ] && [ -n "$(end look)" ]; do
          sleep 0.1
          tries=$((tries + 1))
        done
        end kill
        """;

    private readonly Lock _gate = new();
    private readonly Process _process;

    private Watchdog(Process process)
    {
        _process = process;
        _process.StandardInput.NewLine = "\n";
        _process.StandardInput.AutoFlush = true;
    }

    /// <summary>Starts the watchdog.</summary>
    /// <returns>The watchdog, or null on a platform without one.</returns>
    /// <exception cref="ChildProcessException">It can't be started.</exception>
    public static Watchdog? Start()
    {
        if (OperatingSystem.IsWindows())
        {
            return null;
        }

        // In a session of its own, where the terminal's Ctrl+C doesn't reach it.
        string[] command = [.. UnixLaunch.OwnSession, "/bin/sh", "-c", Script, "resilience-watchdog"];
        var start = new ProcessStartInfo(command[0], command[1..]) { UseShellExecute = false, RedirectStandardInput = true };
        try
        {
            return new(Process.Start(start)!);
        }
        catch (Exception failure) when (failure is System.ComponentModel.Win32Exception or InvalidOperationException)
        {
            throw new ChildProcessException(
                $"The watchdog can't be started with {command[0]} ({failure.Message}). Every Unix has it: mend the system or its limits.", failure);
        }
    }

    /// <summary>Puts a process under its care.</summary>
    /// <param name="process">The process.</param>
    /// <param name="signal">How to ask it to stop before it is killed.</param>
    public void Watch(ProcessIdentity process, StopSignal signal)
    {
        try
        {
            lock (_gate)
            {
                _process.StandardInput.WriteLine(
                    string.Create(CultureInfo.InvariantCulture, $"{process.Id} {UnixSignals.NameOf(signal)} {process.StartTime}"));
            }
        }
        catch (IOException)
        {
            // Somebody killed the watchdog. The ledger still knows the process.
        }
    }

    /// <summary>Lets it end whatever is still running, and leave.</summary>
    public void Dispose()
    {
        _process.StandardInput.Dispose();
        _process.Dispose();
    }
}
