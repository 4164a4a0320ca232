using Polly;

namespace Resilience.Timeouts;

/// <summary>Knows every call that was abandoned and still runs: counts it, sees its exception, disposes its result, and says when it is over.</summary>
internal sealed class OrphanLedger(TimeoutTelemetry telemetry)
{
    private int _running;
    private long _total;

    public int Running => Volatile.Read(ref _running);

    public long Total => Volatile.Read(ref _total);

    /// <summary>Takes a call over from its caller.</summary>
    /// <param name="work">The call.</param>
    /// <param name="over">Called when it is over.</param>
    /// <returns>Ends when the call does, and never fails.</returns>
    public Task AdoptAsync<TResult>(Task<Outcome<TResult>> work, Action over)
    {
        Interlocked.Increment(ref _running);
        Interlocked.Increment(ref _total);
        return ObserveAsync(work, over);
    }

    private async Task ObserveAsync<TResult>(Task<Outcome<TResult>> work, Action over)
    {
        Exception? exception = null;
        try
        {
            var outcome = await work.ConfigureAwait(false);
            exception = outcome.Exception;
            await DisposeAsync(outcome.Result).ConfigureAwait(false);
        }
        catch (Exception thrown)
        {
            exception = thrown;
        }
        finally
        {
            Interlocked.Decrement(ref _running);
            over();
        }

        telemetry.OrphanEnded(exception);
    }

    // Nobody is left to dispose it.
    private async ValueTask DisposeAsync<TResult>(TResult? result)
    {
        try
        {
            if (result is IAsyncDisposable asynchronous)
            {
                await asynchronous.DisposeAsync().ConfigureAwait(false);
            }
            else
            {
                (result as IDisposable)?.Dispose();
            }
        }
        catch (Exception exception)
        {
            telemetry.CallbackThrew(exception);
        }
    }
}
