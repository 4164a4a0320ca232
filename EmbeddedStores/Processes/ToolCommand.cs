using System.Collections.Concurrent;
using System.ComponentModel;
using System.Diagnostics;

namespace EmbeddedStores.Processes;

/// <summary>Runs a program that prepares a store, such as initdb or npm.</summary>
internal static class ToolCommand
{
    /// <summary>Runs it to its end.</summary>
    /// <param name="words">The program's full path and its arguments.</param>
    /// <param name="folder">The folder that it runs in.</param>
    /// <param name="output">Receives its lines.</param>
    /// <param name="mend">What to do when it fails: a whole sentence.</param>
    /// <param name="cancellationToken">Kills it.</param>
    /// <exception cref="StoreException">It failed.</exception>
    public static async Task RunAsync(IReadOnlyList<string> words, string folder, Action<string> output, string mend, CancellationToken cancellationToken)
    {
        var name = Path.GetFileName(words[0]) == "setpriv" ? Path.GetFileName(words.SkipWhile(static word => word != "--").ElementAt(1)) : Path.GetFileName(words[0]);
        var lines = new ConcurrentQueue<string>();
        var start = new ProcessStartInfo(words[0], words.Skip(1))
        {
            UseShellExecute = false,
            WorkingDirectory = folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        CleanEnvironment.ApplyTo(start);
        using var process = new Process { StartInfo = start };
        process.OutputDataReceived += (_, line) => Note(line.Data);
        process.ErrorDataReceived += (_, line) => Note(line.Data);
        try
        {
            process.Start();
        }
        catch (Win32Exception failure)
        {
            throw new StoreException($"{name} can't be started ({failure.Message}). {mend}", failure);
        }

        process.StandardInput.Close();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        try
        {
            await process.WaitForExitAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }

        if (process.ExitCode != 0)
        {
            throw new StoreException($"{name} failed with exit code {process.ExitCode} ({string.Join(" / ", lines.TakeLast(3))}). {mend}");
        }

        void Note(string? line)
        {
            if (!string.IsNullOrWhiteSpace(line))
            {
                lines.Enqueue(line.Trim());
                output(line);
            }
        }
    }
}
