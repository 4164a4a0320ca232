using System.ComponentModel;
using System.Diagnostics;

namespace LocalRunner.Processes;

/// <summary>Asks a program something that it answers at once, such as its version.</summary>
internal static class ShortCommand
{
    // A first start from a cold disk takes a second or two; a program that says nothing for longer is as good as missing.
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(10);

    /// <summary>Runs a program to its end.</summary>
    /// <param name="command">The program's full path and its arguments.</param>
    /// <param name="cancellationToken">Kills it.</param>
    /// <returns>What it wrote to standard output, or null when it failed, could not be run or took too long.</returns>
    public static async Task<string?> ReadAsync(IReadOnlyList<string> command, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(command[0], command.Skip(1))
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Path.GetPathRoot(AppContext.BaseDirectory), // some users may not enter ours
        };
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(_patience);
        Process? process = null;
        try
        {
            process = Process.Start(start)!;
            var errors = process.StandardError.ReadToEndAsync(limit.Token); // read, so that it never blocks on a full pipe
            var output = await process.StandardOutput.ReadToEndAsync(limit.Token);
            await errors;
            await process.WaitForExitAsync(limit.Token);
            return process.ExitCode == 0 ? output : null;
        }
        catch (Win32Exception)
        {
            return null;
        }
        catch (OperationCanceledException)
        {
            process?.Kill(entireProcessTree: true);
            cancellationToken.ThrowIfCancellationRequested();
            return null;
        }
        finally
        {
            process?.Dispose();
        }
    }
}
