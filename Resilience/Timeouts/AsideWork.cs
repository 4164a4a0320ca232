using Resilience.Deadlines;

namespace Resilience.Timeouts;

/// <summary>Runs a user's callback aside, with a time of its own: nobody waits for it, and what it throws is swallowed and counted.</summary>
internal sealed class AsideWork(TimeProvider time, TimeSpan budget, TimeoutTelemetry telemetry)
{
    private int _overrun;

    /// <summary>Gets how many callbacks took longer than their time.</summary>
    public int Overrun => Volatile.Read(ref _overrun);

    public void Run(Func<OperationTimeoutArguments, ValueTask> callback, OperationTimeoutArguments arguments) =>
        _ = Task.Run(() => RunAsync(callback, arguments));

    private async Task RunAsync(Func<OperationTimeoutArguments, ValueTask> callback, OperationTimeoutArguments arguments)
    {
        // The deadline that the call ran under is what it has just missed.
        using var free = Deadline.Suspend();
        using var source = new CancellationTokenSource(budget, time);
        try
        {
            await callback(arguments with { CancellationToken = source.Token }).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (source.IsCancellationRequested)
        {
            // Counted below: it gave up when its time was up, as it should.
        }
        catch (Exception exception)
        {
            telemetry.CallbackThrew(exception);
        }

        if (source.IsCancellationRequested)
        {
            Interlocked.Increment(ref _overrun);
        }
    }
}
