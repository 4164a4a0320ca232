using System.Diagnostics;

namespace LocalRunner.Processes;

/// <summary>A process that this one started: its output, its end, and the ways to bring it about.</summary>
/// <remarks>Safe for concurrent use.</remarks>
internal sealed class ChildProcess
{
    // A program's own children may keep its pipes open after its end: don't wait for more of their lines than this.
    private static readonly TimeSpan _lastLines = TimeSpan.FromMilliseconds(500);

    private readonly Process _process;
    private readonly ChildProcessStart _start;
    private readonly TimeProvider _clock;

    /// <summary>Takes over a process that was just started.</summary>
    /// <param name="process">The process, with its output redirected.</param>
    /// <param name="start">How it was started.</param>
    /// <param name="clock">Tells the time of each line.</param>
    public ChildProcess(Process process, ChildProcessStart start, TimeProvider clock)
    {
        _process = process;
        _start = start;
        _clock = clock;
        Id = process.Id;
        Exited = WaitForExitAsync();
    }

    /// <summary>Gets the name that it was started under.</summary>
    public string Name => _start.Name;

    /// <summary>Gets its process number.</summary>
    public int Id { get; }

    /// <summary>Gets its exit code, once it has ended and its last lines were read. 128 + n means: ended by signal n.</summary>
    public Task<int> Exited { get; }

    /// <summary>Asks it to stop, and kills it when it doesn't.</summary>
    /// <param name="grace">How long it may take.</param>
    /// <returns>When it has ended.</returns>
    public async Task StopAsync(TimeSpan grace)
    {
        if (OperatingSystem.IsWindows())
        {
            Kill(); // there is no way to ask a console program on Windows without ending our own console with it
        }
        else if (!_process.HasExited)
        {
            UnixSignals.Send(Id, _start.StopSignal);
        }

        try
        {
            await Exited.WaitAsync(grace, _clock);
        }
        catch (TimeoutException)
        {
            Kill();
            await Exited;
        }
    }

    /// <summary>Kills it and what it started, at once.</summary>
    public void Kill()
    {
        if (!_process.HasExited)
        {
            try
            {
                _process.Kill(entireProcessTree: true);
            }
            catch (Exception gone) when (gone is InvalidOperationException or AggregateException or System.ComponentModel.Win32Exception)
            {
                // It ended by itself in between, or a child of it did.
            }
        }

        if (!OperatingSystem.IsWindows())
        {
            UnixSignals.KillGroup(Id); // children whose own parent had ended before, which the walk down the tree can't find
        }
    }

    private async Task<int> WaitForExitAsync()
    {
        var output = Task.WhenAll(ReadAsync(_process.StandardOutput, isError: false), ReadAsync(_process.StandardError, isError: true));
        await _process.WaitForExitAsync();
        await Task.WhenAny(output, Task.Delay(_lastLines, _clock, CancellationToken.None));
        return _process.ExitCode;
    }

    private async Task ReadAsync(StreamReader reader, bool isError)
    {
        while (await reader.ReadLineAsync() is { } line)
        {
            _start.Output?.Invoke(new(_clock.GetUtcNow(), isError, line));
        }
    }
}
