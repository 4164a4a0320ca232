using System.Runtime.CompilerServices;
using Resilience.Deadlines;

namespace Resilience.Bulkheads;

/// <content>The ways to hand work in.</content>
public sealed partial class ThreadBulkhead
{
    /// <summary>Runs blocking work on a thread of the bulkhead.</summary>
    /// <typeparam name="T">What it returns.</typeparam>
    /// <param name="work">The work. It may block.</param>
    /// <param name="cancellationToken">Takes it out of the queue, so that it never begins; once it has begun it is the work's to obey.</param>
    /// <returns>What the work returns. To be awaited once.</returns>
    /// <exception cref="BulkheadRejectedException">It was not accepted; it was not begun.</exception>
    /// <exception cref="BulkheadDeadlockException">It comes from this bulkhead's own threads, all of which wait for such work already.</exception>
    public ValueTask<T> ExecuteAsync<T>(Func<CancellationToken, T> work, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(work);
        return ExecuteAsync(static (work, cancellationToken) => work(cancellationToken), work, cancellationToken);
    }

    /// <summary>Runs blocking work on a thread of the bulkhead, without a closure.</summary>
    /// <typeparam name="TState">What the work is handed.</typeparam>
    /// <typeparam name="T">What it returns.</typeparam>
    /// <param name="work">The work; make it static. It may block.</param>
    /// <param name="state">What it is handed.</param>
    /// <param name="cancellationToken">Takes it out of the queue, so that it never begins; once it has begun it is the work's to obey.</param>
    /// <returns>What the work returns. To be awaited once.</returns>
    /// <exception cref="BulkheadRejectedException">It was not accepted; it was not begun.</exception>
    /// <exception cref="BulkheadDeadlockException">It comes from this bulkhead's own threads, all of which wait for such work already.</exception>
    public ValueTask<T> ExecuteAsync<TState, T>(Func<TState, CancellationToken, T> work, TState state, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(work);
        return Submit(SyncWork<TState, T>.Rent(work, state), cancellationToken, out var running) is { } refusal ? FailedAsync<T>(refusal) : running;
    }

    /// <summary>Begins asynchronous work on a thread of the bulkhead.</summary>
    /// <typeparam name="T">What it returns.</typeparam>
    /// <param name="work">The work. Up to its first <c>await</c> that waits it may block.</param>
    /// <param name="cancellationToken">Takes it out of the queue, so that it never begins; once it has begun it is the work's to obey.</param>
    /// <returns>What the work returns. To be awaited once.</returns>
    /// <exception cref="BulkheadRejectedException">It was not accepted; it was not begun.</exception>
    [OverloadResolutionPriority(1)] // so that an async lambda is not taken for work that returns a task
    public ValueTask<T> ExecuteAsync<T>(Func<CancellationToken, ValueTask<T>> work, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(work);
        return ExecuteAsync(static (work, cancellationToken) => work(cancellationToken), work, cancellationToken);
    }

    /// <summary>Begins asynchronous work on a thread of the bulkhead, without a closure.</summary>
    /// <typeparam name="TState">What the work is handed.</typeparam>
    /// <typeparam name="T">What it returns.</typeparam>
    /// <param name="work">The work; make it static. Up to its first <c>await</c> that waits it may block.</param>
    /// <param name="state">What it is handed.</param>
    /// <param name="cancellationToken">Takes it out of the queue, so that it never begins; once it has begun it is the work's to obey.</param>
    /// <returns>What the work returns. To be awaited once.</returns>
    /// <exception cref="BulkheadRejectedException">It was not accepted; it was not begun.</exception>
    [OverloadResolutionPriority(1)]
    public ValueTask<T> ExecuteAsync<TState, T>(Func<TState, CancellationToken, ValueTask<T>> work, TState state, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(work);
        return Submit(AsyncWork<TState, T>.Rent(work, state, isSynchronous: false), cancellationToken, out var running) is { } refusal ? FailedAsync<T>(refusal) : running;
    }

    /// <summary>Hands work in.</summary>
    /// <returns>Why it was not accepted; null when it was.</returns>
    internal Exception? Submit<T>(WorkItem<T> work, CancellationToken cancellationToken, out ValueTask<T> running)
    {
        running = default;
        if (cancellationToken.IsCancellationRequested)
        {
            _statistics.Count(EntryKind.Cancelled);
            work.Abandon();
            return new OperationCanceledException(cancellationToken);
        }

        if (_threads.Length == 0)
        {
            Start();
        }

        (work.Bulkhead, work.CancellationToken, work.Context) = (this, cancellationToken, ExecutionContext.Capture());
        (work.Since, work.Due) = (_clock.Now, LatestOf(Deadline.Current));
        if (BulkheadThread.Current is { Work.IsSynchronous: true } parent && ReferenceEquals(parent.Bulkhead, this))
        {
            parent.HandedIn = true;
            (work.Parent, work.ParentWork) = (parent, parent.WorkNumber);
        }

        var admission = work.Due <= work.Since ? WorkAdmission.Late : _queue.Add(work);
        if (admission == WorkAdmission.Accepted)
        {
            work.Watch();
            running = work.Task;
            return null;
        }

        work.Abandon();
        return admission switch
        {
            WorkAdmission.Deadlock => BulkheadDeadlockException.Of(Name, _options.Threads),
            WorkAdmission.Late => Refusal(EntryKind.DeadlineTooClose, item: null),
            WorkAdmission.Closed => Refusal(EntryKind.ShuttingDown, item: null),
            _ => Refusal(EntryKind.QueueFull, item: null),
        };
    }

    private static ValueTask<T> FailedAsync<T>(Exception refusal) => refusal is OperationCanceledException cancelled
        ? ValueTask.FromCanceled<T>(cancelled.CancellationToken)
        : ValueTask.FromException<T>(refusal);

    private long LatestOf(Deadline? deadline)
    {
        var remaining = deadline?.Remaining ?? Timeout.InfiniteTimeSpan;
        return remaining == Timeout.InfiniteTimeSpan ? long.MaxValue : _clock.Now + (long)remaining.TotalMilliseconds;
    }
}
