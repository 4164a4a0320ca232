using System.ComponentModel;
using System.Diagnostics;

namespace EmbeddedStores.Processes;

/// <summary>The result of a program that should answer at once, such as <c>postgres --version</c>.</summary>
/// <param name="Output">Its standard output; null when it failed.</param>
/// <param name="Failure">Why it failed, such as "exec format error"; null when it succeeded.</param>
internal sealed record ShortCommand(string? Output, string? Failure)
{
    // A first start from a cold disk takes a second or two.
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(10);

    /// <summary>Runs a program to its end, for 10 seconds at most.</summary>
    /// <param name="command">The program's full path and its arguments.</param>
    /// <param name="cancellationToken">Kills it.</param>
    public static async Task<ShortCommand> RunAsync(IReadOnlyList<string> command, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(command[0], command.Skip(1))
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Path.GetPathRoot(AppContext.BaseDirectory), // another user may not be allowed into ours
        };
        CleanEnvironment.ApplyTo(start);
        using var limit = new CancellationTokenSource(_patience, Clock.System);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limit.Token);
        Process? process = null;
        try
        {
            process = Process.Start(start)!;
            process.StandardInput.Close();
            var errors = process.StandardError.ReadToEndAsync(either.Token); // read, so that the program never blocks on a full pipe
            var output = await process.StandardOutput.ReadToEndAsync(either.Token);
            var error = (await errors).Trim();
            await process.WaitForExitAsync(either.Token);
            return process.ExitCode == 0 ? new(output, null) : new(null, $"it ends with exit code {process.ExitCode}: {error.Split('\n')[0]}".TrimEnd(' ', ':'));
        }
        catch (Win32Exception failure)
        {
            return new(null, failure.Message[(failure.Message.LastIndexOf(". ", StringComparison.Ordinal) + 1)..].Trim());
        }
        catch (OperationCanceledException)
        {
            process?.Kill(entireProcessTree: true);
            cancellationToken.ThrowIfCancellationRequested();
            return new(null, $"it does not end within {_patience.TotalSeconds} seconds");
        }
        finally
        {
            process?.Dispose();
        }
    }
}
