using System.Collections.Concurrent;
using System.ComponentModel;
using System.Diagnostics;

namespace EmbeddedStores.Processes;

/// <summary>A store's process that this process started.</summary>
/// <remarks>Safe for concurrent use.</remarks>
internal sealed class ChildProcess
{
    private const int KeptLines = 20;
    private const int Streams = 2; // output and errors
    private static readonly TimeSpan _drainWithin = TimeSpan.FromMilliseconds(500);

    private readonly Process _process;
    private readonly Action<string>? _output;
    private readonly ConcurrentQueue<string> _lines = new();
    private readonly TaskCompletionSource _drained = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _endedStreams;

    private ChildProcess(Process process, Action<string>? output)
    {
        _process = process;
        _output = output;
        Id = process.Id;
        process.OutputDataReceived += (_, line) => Note(line.Data);
        process.ErrorDataReceived += (_, line) => Note(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        Exited = WaitForExitAsync();
    }

    /// <summary>Gets the process number.</summary>
    public int Id { get; }

    /// <summary>Gets the exit code, once the process has ended. 128 + n means: ended by signal n.</summary>
    public Task<int> Exited { get; }

    /// <summary>Gets the last lines that it wrote.</summary>
    public string LastLines => string.Join(" / ", _lines.TakeLast(3).Select(static line => line.Trim()));

    /// <summary>Starts a process.</summary>
    /// <param name="command">What to start.</param>
    /// <param name="output">Receives its lines; null drops them.</param>
    /// <exception cref="StoreException">It can't be started.</exception>
    public static ChildProcess Start(StoreCommand command, Action<string>? output)
    {
        var start = command.ToStartInfo();
        start.RedirectStandardInput = true;
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        try
        {
            var process = Process.Start(start)!;
            process.StandardInput.Close();
            return new(process, output);
        }
        catch (Win32Exception failure)
        {
            throw new StoreException($"{command.Words[0]} can't be started ({failure.Message}). Check that this user may run it.", failure);
        }
    }

    /// <summary>Asks the process to stop, and kills it when it is still there after <paramref name="grace"/>.</summary>
    /// <param name="ask">Sends the signal that asks.</param>
    /// <param name="grace">How long the process may take.</param>
    public async Task StopAsync(Action<int> ask, TimeSpan grace)
    {
        if (!Exited.IsCompleted)
        {
            ProcessTree.Continue(Id); // a paused process handles no signal
            ask(Id);
        }

        try
        {
            await Exited.WaitAsync(grace, Clock.System);
        }
        catch (TimeoutException)
        {
            await KillAsync();
        }
    }

    /// <summary>Kills the process and its descendants.</summary>
    public async Task KillAsync()
    {
        if (!Exited.IsCompleted)
        {
            if (OperatingSystem.IsWindows())
            {
                _process.Kill(entireProcessTree: true);
            }
            else
            {
                ProcessTree.Kill(Id);
            }
        }

        await Exited;
    }

    private async Task<int> WaitForExitAsync()
    {
        using var watch = new ParentWatch(Id); // ends before another process can get the number

        // Process.WaitForExitAsync would wait for descendants that keep the output open, too.
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _process.EnableRaisingEvents = true;
        _process.Exited += (_, _) => ended.TrySetResult();
        if (_process.HasExited)
        {
            ended.TrySetResult();
        }

        await ended.Task;
        try
        {
            await _drained.Task.WaitAsync(_drainWithin, Clock.System); // its last lines may still be in the pipes
        }
        catch (TimeoutException)
        {
            // A descendant keeps them open.
        }

        return _process.ExitCode;
    }

    private void Note(string? line)
    {
        if (line is null)
        {
            if (Interlocked.Increment(ref _endedStreams) == Streams)
            {
                _drained.TrySetResult();
            }

            return;
        }

        _lines.Enqueue(line);
        while (_lines.Count > KeptLines)
        {
            _lines.TryDequeue(out _);
        }

        _output?.Invoke(line);
    }
}
