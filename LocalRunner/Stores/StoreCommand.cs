using System.Collections.Concurrent;
using LocalRunner.Processes;

namespace LocalRunner.Stores;

/// <summary>Runs a program that prepares a store, to its end.</summary>
internal static class StoreCommand
{
    /// <summary>Runs it.</summary>
    /// <param name="supervisor">Who sees to it that it doesn't outlive us.</param>
    /// <param name="start">What to run.</param>
    /// <param name="mend">What to do when it fails: a whole sentence.</param>
    /// <param name="cancellationToken">Kills it.</param>
    /// <returns>When it has done its work.</returns>
    /// <exception cref="LocalRunnerException">It failed.</exception>
    public static async Task RunAsync(ProcessSupervisor supervisor, ChildProcessStart start, string mend, CancellationToken cancellationToken)
    {
        var lines = new ConcurrentQueue<string>();
        var process = supervisor.Start(start with
        {
            Output = line =>
            {
                lines.Enqueue(line.Text);
                start.Output?.Invoke(line);
            },
        });
        await using (cancellationToken.Register(process.Kill))
        {
            if (await process.Exited is not 0 and var code)
            {
                cancellationToken.ThrowIfCancellationRequested();
                var said = lines.Where(static line => !string.IsNullOrWhiteSpace(line)).TakeLast(3).Select(static line => line.Trim());
                throw new LocalRunnerException($"{start.Name} failed with exit code {code} ({string.Join(" / ", said)}). {mend}");
            }
        }
    }
}
