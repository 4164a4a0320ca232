namespace AppHost.Start;

/// <summary>Gets the last lines that an instance of a resource has written.</summary>
/// <param name="logs">Has them.</param>
/// <param name="clock">Limits the wait.</param>
internal sealed class LastLines(ResourceLoggerService logs, TimeProvider clock)
{
    private const int Count = 10;
    private static readonly TimeSpan _within = TimeSpan.FromSeconds(2);

    /// <summary>Gets them.</summary>
    /// <param name="instance">The instance's name.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>At most ten lines, without colours and without empty ones; those that have come within two seconds.</returns>
    public async Task<IReadOnlyList<string>> OfAsync(string instance, CancellationToken cancellationToken)
    {
        var lines = new List<string>();
        using var limit = new CancellationTokenSource(_within, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            await foreach (var batch in logs.GetAllAsync(instance).WithCancellation(either.Token))
            {
                lines.AddRange(batch.Select(static line => Style.Plain(line.Content)).Where(static line => !string.IsNullOrWhiteSpace(line)));
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // What has come so far is better than nothing.
        }

        return [.. lines.TakeLast(Count)];
    }
}
