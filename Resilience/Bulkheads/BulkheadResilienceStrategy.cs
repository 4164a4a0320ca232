using System.Runtime.CompilerServices;
using Polly;
using Polly.Telemetry;
using Resilience.Outcomes;
using Resilience.Telemetry;

namespace Resilience.Bulkheads;

/// <summary>Runs a pipeline's calls through a bulkhead.</summary>
internal sealed class BulkheadResilienceStrategy(
    Bulkhead bulkhead, bool owned, Func<ResilienceContext, int>? prioritySelector, ResilienceStrategyTelemetry telemetry) : ResilienceStrategy, IDisposable
{
    /// <summary>Polly calls it with the pipeline: a bulkhead that other pipelines may use as well stays open.</summary>
    public void Dispose()
    {
        if (owned)
        {
            bulkhead.Dispose();
        }
    }

    protected override ValueTask<Outcome<TResult>> ExecuteCore<TResult, TState>(
        Func<ResilienceContext, TState, ValueTask<Outcome<TResult>>> callback, ResilienceContext context, TState state)
    {
        // A call that finds room asks nothing else: not its priority, and no value task with an outcome in it.
        if (!context.CancellationToken.IsCancellationRequested && bulkhead.TryEnter(out var ticket))
        {
            return RunAsync(ticket, callback, context, state);
        }

        var entering = bulkhead.EnterAsync(prioritySelector is null ? Bulkhead.NormalPriority : PriorityOf(context), context.CancellationToken);
        if (!entering.IsCompletedSuccessfully)
        {
            return WaitAndRunAsync(entering, callback, context, state);
        }

        var entry = entering.Result;
        return entry.Kind == EntryKind.Granted
            ? RunAsync(entry.Ticket, callback, context, state)
            : new ValueTask<Outcome<TResult>>(Refuse<TResult>(entry, context));
    }

    private ValueTask<Outcome<TResult>> RunAsync<TResult, TState>(
        Ticket ticket, Func<ResilienceContext, TState, ValueTask<Outcome<TResult>>> callback, ResilienceContext context, TState state)
    {
        ValueTask<Outcome<TResult>> running;
        try
        {
            running = callback(context, state); // written out: inside a pipeline each call of a generic method is looked up first
        }
        catch (Exception exception)
        {
            running = Outcome.FromExceptionAsValueTask<TResult>(exception);
        }

        if (!running.IsCompletedSuccessfully)
        {
            return PendingOutcome<TResult, Ending<TResult>>.AwaitAsync(running, new(bulkhead, ticket), context.ContinueOnCapturedContext);
        }

        var outcome = running.Result;
        bulkhead.ExitWhenOver(ticket, outcome.Exception);
        return new ValueTask<Outcome<TResult>>(outcome);
    }

    [MethodImpl(MethodImplOptions.NoInlining)] // or its locals were cleared for each call that needn't wait
    private async ValueTask<Outcome<TResult>> WaitAndRunAsync<TResult, TState>(
        ValueTask<Entry> entering, Func<ResilienceContext, TState, ValueTask<Outcome<TResult>>> callback, ResilienceContext context, TState state)
    {
        var entry = await entering.ConfigureAwait(context.ContinueOnCapturedContext);
        return entry.Kind == EntryKind.Granted
            ? await RunAsync(entry.Ticket, callback, context, state).ConfigureAwait(context.ContinueOnCapturedContext)
            : Refuse<TResult>(entry, context);
    }

    private Outcome<TResult> Refuse<TResult>(Entry entry, ResilienceContext context) => Outcome.FromException<TResult>(
        entry.Kind == EntryKind.Cancelled
            ? new OperationCanceledException(context.CancellationToken)
            : BulkheadTelemetry.Rejected(telemetry, context, bulkhead.Refusal(entry)));

    private int PriorityOf(ResilienceContext context)
    {
        try
        {
            return Math.Clamp(prioritySelector!(context), 0, Bulkhead.HighestPriority);
        }
        catch (Exception exception)
        {
            CallbackErrors.Count(bulkhead.Name, exception);
            return Bulkhead.NormalPriority;
        }
    }

    private readonly struct Ending<TResult>(Bulkhead bulkhead, Ticket ticket) : IEnding<TResult>
    {
        public ValueTask<Outcome<TResult>> EndAsync(Outcome<TResult> outcome)
        {
            bulkhead.ExitWhenOver(ticket, outcome.Exception);
            return new(outcome);
        }
    }
}
