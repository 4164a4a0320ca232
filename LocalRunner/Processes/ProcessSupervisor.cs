using System.ComponentModel;
using System.Diagnostics;

namespace LocalRunner.Processes;

/// <summary>Starts this AppHost's processes, and sees to it that none outlives it, however it ends.</summary>
/// <remarks>
/// Three nets, each for what falls through the one before: <see cref="DisposeAsync"/>; the <see cref="Watchdog"/>, when this process is
/// killed; the ledger, by which the next start ends what is left when the watchdog is killed too. Safe for concurrent use.
/// </remarks>
internal sealed class ProcessSupervisor : IAsyncDisposable
{
    private static readonly TimeSpan _grace = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan _poll = TimeSpan.FromMilliseconds(50);

    private readonly TimeProvider _clock;
    private readonly ProcessLedger _ledger;
    private readonly Watchdog? _watchdog;
    private readonly Lock _gate = new();
    private readonly List<(ChildProcess Child, Task Forgotten)> _children = [];
    private bool _isDisposed;

    /// <summary>Begins to end what a dead AppHost of this checkout left, and to watch over what this one starts.</summary>
    /// <param name="data">The checkout's data, held by this process.</param>
    /// <param name="clock">Tells the time.</param>
    public ProcessSupervisor(DataDirectory data, TimeProvider clock)
    {
        _clock = clock;
        _ledger = new(data);
        Swept = SweepAsync(_ledger.ReadLeftovers());
        _watchdog = Watchdog.Start();
    }

    /// <summary>Gets the names of the leftovers, once they have ended. Wait for it before ports are looked at or data is touched.</summary>
    public Task<IReadOnlyList<string>> Swept { get; }

    /// <summary>Starts a process.</summary>
    /// <param name="start">Which one, and how.</param>
    /// <returns>The process. It may end at any time, even before this returns.</returns>
    /// <exception cref="ChildProcessException">It can't be started.</exception>
    public ChildProcess Start(ChildProcessStart start)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        var program = Executables.Find(start.FileName)
            ?? throw new ChildProcessException($"{start.Name} can't be started: there is no program {start.FileName}. Build or install it.");
        var process = Launch(program, start);
        try
        {
            // Null: it has ended already. Its exit is reported like any other.
            var identity = ProcessIdentity.Of(process.Id);
            if (identity is { } known)
            {
                _ledger.Add(new(known, start.StopSignal, start.Name));
                _watchdog?.Watch(known, start.StopSignal);
            }

            var child = new ChildProcess(process, start, _clock);
            lock (_gate)
            {
                _children.Add((child, ForgetAsync(child, identity)));
            }

            Go(process);
            return child;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            process.Kill();
            throw new ChildProcessException(
                $"{start.Name} was not started, because it can't be noted down for a clean end ({failure.Message.TrimEnd('.')}). "
                + "Make room on the disk, and the data directory writable.",
                failure);
        }
    }

    /// <summary>Stops what is still running, the last started first, and lets the watchdog go.</summary>
    /// <returns>When all have ended.</returns>
    public async ValueTask DisposeAsync()
    {
        (ChildProcess Child, Task Forgotten)[] running;
        lock (_gate)
        {
            if (_isDisposed)
            {
                return;
            }

            _isDisposed = true;
            running = [.. _children];
        }

        foreach (var (child, forgotten) in running.Reverse())
        {
            await child.StopAsync(_grace);
            await forgotten;
        }

        _watchdog?.Dispose();
        await Swept;
    }

    private static void Kill(int processId)
    {
        try
        {
            using var process = Process.GetProcessById(processId);
            process.Kill(entireProcessTree: true);
        }
        catch (Exception gone) when (gone is ArgumentException or InvalidOperationException or AggregateException or Win32Exception)
        {
            // It ended by itself in between, or belongs to somebody else by now.
        }

        if (!OperatingSystem.IsWindows())
        {
            UnixSignals.KillGroup(processId);
        }
    }

    private static Process Launch(string program, ChildProcessStart start)
    {
        var info = OperatingSystem.IsWindows() ? new ProcessStartInfo(program, start.Arguments) : UnixLaunch.Command(program, start);
        info.RedirectStandardInput = !OperatingSystem.IsWindows();
        info.RedirectStandardOutput = true;
        info.RedirectStandardError = true;
        info.WorkingDirectory = start.WorkingDirectory ?? "";
        foreach (var (name, value) in start.Environment)
        {
            info.Environment[name] = value;
        }

        try
        {
            return Process.Start(info)!;
        }
        catch (Exception failure) when (failure is Win32Exception or IOException or InvalidOperationException)
        {
            throw new ChildProcessException(
                $"{start.Name} can't be started: {program} in {info.WorkingDirectory} failed ({failure.Message.TrimEnd('.')}). "
                + "Check that both exist and may be used.",
                failure);
        }
    }

    // It is known to both nets now, so it may become the program (see UnixLaunch).
    private static void Go(Process process)
    {
        if (!process.StartInfo.RedirectStandardInput)
        {
            return;
        }

        try
        {
            process.StandardInput.Write('\n');
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // Somebody killed it while it waited: its exit is reported like any other.
        }
    }

    private async Task ForgetAsync(ChildProcess child, ProcessIdentity? identity)
    {
        await child.Exited.ConfigureAwait(ConfigureAwaitOptions.ForceYielding); // it is not on the list before this yields
        lock (_gate)
        {
            _children.RemoveAll(entry => entry.Child == child);
        }

        if (identity is { } known)
        {
            try
            {
                _ledger.Remove(known);
            }
            catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
            {
                // The line stays. It names a process that is gone, by number and start time, so no sweep will ever act on it.
            }
        }
    }

    private async Task<IReadOnlyList<string>> SweepAsync(IReadOnlyList<ProcessLedger.Entry> leftovers)
    {
        foreach (var leftover in leftovers.Where(static leftover => leftover.Process.IsRunning && !OperatingSystem.IsWindows()))
        {
            UnixSignals.Send(leftover.Process.Id, leftover.Signal);
        }

        var asked = _clock.GetTimestamp();
        while (leftovers.Any(static leftover => leftover.Process.IsRunning) && _clock.GetElapsedTime(asked) < _grace)
        {
            await Task.Delay(_poll, _clock, CancellationToken.None);
        }

        foreach (var leftover in leftovers.Where(static leftover => leftover.Process.IsRunning))
        {
            Kill(leftover.Process.Id);
        }

        return [.. leftovers.Select(static leftover => leftover.Name)];
    }
}
