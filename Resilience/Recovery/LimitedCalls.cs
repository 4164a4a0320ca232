namespace Resilience.Recovery;

/// <summary>Calls what others wrote, one call at a time, and waits for each no longer than it may take. Never throws.</summary>
/// <param name="time">Where time comes from.</param>
/// <param name="stop">Ends the waiting.</param>
internal sealed class LimitedCalls(TimeProvider time, CancellationToken stop)
{
    private volatile Task _running = Task.CompletedTask;

    /// <summary>Gets when the last call ends, or ended, however long that takes. Doesn't fail.</summary>
    public Task Ended => _running;

    /// <summary>Gets a value indicating whether the last call hasn't ended: no other may begin.</summary>
    public bool IsRunning => !_running.IsCompleted;

    /// <summary>Makes a call.</summary>
    /// <param name="call">What to call. Its token is cancelled after <paramref name="limit"/>.</param>
    /// <param name="limit">How long it may take.</param>
    /// <returns>How it ended.</returns>
    public async Task<CallEnding<T>> RunAsync<T>(Func<CancellationToken, ValueTask<T>> call, TimeSpan limit)
    {
        var began = time.GetTimestamp();
        using var end = new CancellationTokenSource();
        try
        {
            var run = call(end.Token).AsTask();
            _running = run.ContinueWith(static run => _ = run.Exception, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
            return new() { Answer = await run.WaitAsync(limit, time, stop).ConfigureAwait(false) };
        }
        catch (TimeoutException) when (time.GetElapsedTime(began) >= limit)
        {
            Cancel(end);
            return new() { IsLate = true };
        }
        catch (Exception thrown)
        {
            Cancel(end);
            return new() { Thrown = thrown };
        }
    }

    // Here and not by a timer of its own: whoever is waited for no more has been told so.
    private static void Cancel(CancellationTokenSource end)
    {
        try
        {
            end.Cancel();
        }
        catch (AggregateException)
        {
            // Thrown by what the call registered: as good as cancelled.
        }
    }
}
