using System.Runtime.CompilerServices;
using Resilience.Deadlines;
using Resilience.Outcomes;

namespace Resilience.Bulkheads;

/// <content>Calls run through the bulkhead, and the way in for who may have to wait.</content>
public sealed partial class Bulkhead
{
    /// <summary>Runs a call when it is its turn.</summary>
    /// <typeparam name="T">What the call returns.</typeparam>
    /// <param name="callback">The call.</param>
    /// <param name="cancellationToken">Ends the waiting, and is handed to the call.</param>
    /// <returns>What the call returns.</returns>
    /// <exception cref="BulkheadRejectedException">It was not let in; the call was not begun.</exception>
    public ValueTask<T> ExecuteAsync<T>(Func<CancellationToken, ValueTask<T>> callback, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(callback);
        return ExecuteAsync(static (callback, cancellationToken) => callback(cancellationToken), callback, cancellationToken);
    }

    /// <summary>Runs a call when it is its turn, without a closure.</summary>
    /// <typeparam name="TState">What the call is handed.</typeparam>
    /// <typeparam name="T">What the call returns.</typeparam>
    /// <param name="callback">The call; make it static.</param>
    /// <param name="state">What it is handed.</param>
    /// <param name="cancellationToken">Ends the waiting, and is handed to the call.</param>
    /// <returns>What the call returns.</returns>
    /// <exception cref="BulkheadRejectedException">It was not let in; the call was not begun.</exception>
    public ValueTask<T> ExecuteAsync<TState, T>(Func<TState, CancellationToken, ValueTask<T>> callback, TState state, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(callback);

        var acquiring = AcquireAsync(cancellationToken);
        if (!acquiring.IsCompletedSuccessfully)
        {
            return WaitAndRunAsync(acquiring, callback, state, cancellationToken);
        }

        var permit = acquiring.Result;
        ValueTask<T> running;
        try
        {
            running = callback(state, cancellationToken);
        }
        catch (Exception exception)
        {
            ExitWhenOver(permit.Ticket, exception);
            throw;
        }

        if (!running.IsCompletedSuccessfully)
        {
            return FinishAsync(permit, running);
        }

        permit.Dispose();
        return running;
    }

    private async ValueTask<T> WaitAndRunAsync<TState, T>(
        ValueTask<Permit> acquiring, Func<TState, CancellationToken, ValueTask<T>> callback, TState state, CancellationToken cancellationToken)
    {
        var permit = await acquiring.ConfigureAwait(false);
        ValueTask<T> running;
        try
        {
            running = callback(state, cancellationToken);
        }
        catch (Exception exception)
        {
            ExitWhenOver(permit.Ticket, exception);
            throw;
        }

        return await FinishAsync(permit, running).ConfigureAwait(false);
    }

    private async ValueTask<T> FinishAsync<T>(Permit permit, ValueTask<T> running)
    {
        Exception? thrown = null;
        try
        {
            return await running.ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            thrown = exception;
            throw;
        }
        finally
        {
            ExitWhenOver(permit.Ticket, thrown);
        }
    }

    /// <summary>Leaves when the call is over, which it isn't when its caller was told to go on while it still runs: it uses what the permit stands for.</summary>
    internal void ExitWhenOver(Ticket ticket, Exception? ending)
    {
        if (ending is ILeavesWorkRunning { WorkLeft: { IsCompleted: false } left })
        {
            _ = ExitAfterAsync(left, ticket);
        }
        else
        {
            Exit(ticket);
        }
    }

    internal static BulkheadRejectionReason ReasonOf(EntryKind kind) => (BulkheadRejectionReason)(kind - EntryKind.QueueFull);

    private async Task ExitAfterAsync(Task left, Ticket ticket)
    {
        await left.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        Exit(ticket);
    }

    private ValueTask<Permit> AcquireSlowlyAsync(int priority, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(priority);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(priority, HighestPriority);

        var entering = EnterSlowlyAsync(priority, cancellationToken);
        if (!entering.IsCompletedSuccessfully)
        {
            return WaitAsync(entering, cancellationToken);
        }

        var entry = entering.Result;
        return entry.Kind switch
        {
            EntryKind.Granted => new ValueTask<Permit>(new Permit(this, entry.Ticket)),
            EntryKind.Cancelled => ValueTask.FromCanceled<Permit>(cancellationToken),
            _ => ValueTask.FromException<Permit>(Refusal(entry)),
        };
    }

    private ValueTask<Entry> EnterSlowlyAsync(int priority, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return new ValueTask<Entry>(_statistics.Count(EntryKind.Cancelled));
        }

        // A full house without a queue is the refusal that must be cheap: no lock, and no look at the deadline.
        var word = _gate.Word;
        if (_options.MaxQueue == 0 && !GateWord.HasRoom(word))
        {
            return new ValueTask<Entry>(_statistics.Count(GateWord.IsClosed(word) ? EntryKind.ShuttingDown : EntryKind.QueueFull));
        }

        var entry = _gate.Enter(priority, LatestOf(Deadline.Current), out var waiter);
        if (waiter is null)
        {
            return new ValueTask<Entry>(_statistics.Count(entry.Kind) with { Ticket = entry.Ticket });
        }

        _alarm.Set(waiter.Due);
        waiter.Watch(cancellationToken);
        return CountAsync(waiter.Task);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<Entry> CountAsync(ValueTask<Entry> waiting)
    {
        var entry = await waiting.ConfigureAwait(false);
        _statistics.Count(entry.Kind);
        if (entry.Kind == EntryKind.Granted)
        {
            _statistics.RecordWait(Name, entry.Waited);
        }

        return entry;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<Permit> WaitAsync(ValueTask<Entry> entering, CancellationToken cancellationToken)
    {
        var entry = await entering.ConfigureAwait(false);
        return entry.Kind switch
        {
            EntryKind.Granted => new Permit(this, entry.Ticket),
            EntryKind.Cancelled => throw new OperationCanceledException(cancellationToken),
            _ => throw Refusal(entry),
        };
    }

    private long LatestOf(Deadline? deadline)
    {
        var remaining = deadline?.Remaining ?? Timeout.InfiniteTimeSpan;
        return remaining == Timeout.InfiniteTimeSpan ? long.MaxValue : _clock.Now + (long)remaining.TotalMilliseconds;
    }

    private void Expire() => _alarm.Set(_gate.Expire());
}
