using System.ComponentModel.DataAnnotations;
using Resilience.Measurement;
using Resilience.Validation;

namespace Resilience.Bulkheads;

/// <summary>Runs work on threads of its own: code that blocks, or can't be cancelled, then holds up these threads and no others.</summary>
/// <remarks>
/// Safe for concurrent use. Work runs in its caller's execution context, culture and activity included; what it changes there is gone with it.
/// Thread-static fields are the one thing that stays on the thread. The caller's next steps run on the thread pool, never here. Of asynchronous
/// work the first part runs here, up to the first <c>await</c> that waits; the rest runs on the thread pool and still counts as accepted. Handing in
/// work and getting its result allocates nothing but what the callback captures. Work that throws ends with its exception; the thread goes on.
/// Source: M. Nygard, <i>Release It!</i>, 2nd ed., Pragmatic Bookshelf 2018, ch. 5, "Bulkheads"; Netflix Hystrix, <i>Thread isolation</i>.
/// </remarks>
public sealed partial class ThreadBulkhead : IAsyncDisposable
{
    private readonly ThreadBulkheadOptions _options;
    private readonly TimeProvider _time;
    private readonly MonotonicClock _clock;
    private readonly WorkQueue _queue;
    private readonly Lock _starting = new();
    private readonly BulkheadStatistics _statistics = new();
    private BulkheadThread[] _threads = [];
    private long _interrupted;

    /// <summary>Initializes a bulkhead, and shows it to who watches the meter.</summary>
    /// <param name="name">What to call it in metrics and messages, and its threads in a debugger; a few names for a process, never an id.</param>
    /// <param name="options">How many threads, and how much work may wait for them. Read once.</param>
    /// <param name="timeProvider">Tells the time; null for the system's.</param>
    /// <exception cref="ValidationException"><paramref name="options"/> has a value outside its range.</exception>
    public ThreadBulkhead(string name, ThreadBulkheadOptions options, TimeProvider? timeProvider = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(options);
        OptionRanges.Check(options, $"The thread bulkhead {name}");

        Name = name;
        _options = options;
        _time = timeProvider ?? SystemTime.Provider;
        _clock = new MonotonicClock(_time);
        _queue = new WorkQueue(options.Threads, options.QueueCapacity);
        ThreadBulkheadTelemetry.Watch(this);
    }

    /// <summary>Gets the work that runs on this thread, for a time-out inside it to interrupt.</summary>
    /// <value>The default, whose interruption does nothing, where no bulkhead's work runs.</value>
    public static WorkHandle CurrentWork => BulkheadThread.Current is { IsBusy: true } thread ? thread.Handle : default;

    /// <summary>Gets the name that its owner gave it.</summary>
    public string Name { get; }

    /// <summary>Gets how it is doing, and what it has done.</summary>
    /// <returns>Figures as of about one moment.</returns>
    public ThreadBulkheadSnapshot Snapshot()
    {
        var threads = Volatile.Read(ref _threads);
        return new ThreadBulkheadSnapshot
        {
            Name = Name,
            Threads = _options.Threads,
            Busy = threads.Count(static thread => thread.IsBusy),
            Queued = _queue.Queued,
            Accepted = _queue.Accepted,
            Completed = threads.Sum(static thread => thread.Completed),
            Cancelled = _statistics.Read(EntryKind.Cancelled),
            Interrupted = Volatile.Read(ref _interrupted),
            RejectedQueueFull = _statistics.Read(EntryKind.QueueFull),
            RejectedDeadline = _statistics.Read(EntryKind.DeadlineTooClose),
            RejectedShutdown = _statistics.Read(EntryKind.ShuttingDown),
            QueueTimeMedian = _statistics.QueueTime(0.5),
            QueueTimeP99 = _statistics.QueueTime(0.99),
        };
    }

    /// <summary>Shuts it down, waiting as long as <see cref="ThreadBulkheadOptions.DrainTimeout"/> says.</summary>
    /// <returns>A task that never fails.</returns>
    public async ValueTask DisposeAsync() => await ShutdownAsync(_options.DrainTimeout).ConfigureAwait(false);

    /// <summary>Accepts no more work, lets what was accepted finish, and ends the threads.</summary>
    /// <param name="drainTimeout">How long to wait. What hasn't begun by then is refused; what runs is interrupted, and left behind if that doesn't end it.</param>
    /// <returns>True when all that was accepted ran to its end.</returns>
    public async ValueTask<bool> ShutdownAsync(TimeSpan drainTimeout)
    {
        _queue.Close();
        ThreadBulkheadTelemetry.Forget(this);
        if (await _queue.DrainAsync(drainTimeout, _time).ConfigureAwait(false))
        {
            return true;
        }

        while (_queue.RemoveOldest() is { } late)
        {
            late.Refuse(Refusal(EntryKind.ShuttingDown, late));
        }

        foreach (var thread in Volatile.Read(ref _threads))
        {
            thread.InterruptRunning();
        }

        return false;
    }

    internal void Cancel(WorkItem item, CancellationToken cancellationToken)
    {
        if (_queue.TryRemove(item))
        {
            _statistics.Count(EntryKind.Cancelled);
            item.Refuse(new OperationCanceledException(cancellationToken));
        }
        else if (_options.InterruptOnCancellation && Array.Exists(Volatile.Read(ref _threads), thread => thread.InterruptIf(item)))
        {
            Interlocked.Increment(ref _interrupted);
        }
    }

    internal Lookout Lookout { get; } = new();

    internal void Finished(WorkItem item) => _queue.Finished(item);

    internal void RecordWait(WorkItem item) => _statistics.RecordWait(Name, Math.Max(0, _clock.Now - item.Since));

    internal bool RefuseIfLate(WorkItem item)
    {
        if (item.Due > _clock.Now)
        {
            return false;
        }

        _queue.Finished(item);
        item.Refuse(Refusal(EntryKind.DeadlineTooClose, item));
        return true;
    }

    internal Exception Refusal(EntryKind kind, WorkItem? item)
    {
        _statistics.Count(kind);
        var waited = item is null ? 0 : Math.Max(0, _clock.Now - item.Since);
        return new BulkheadRejectedException(Name, Bulkhead.ReasonOf(kind), _options.Threads, _queue.Queued, waited);
    }

    private void Start()
    {
        lock (_starting)
        {
            if (_threads.Length == 0)
            {
                Volatile.Write(
                    ref _threads,
                    [.. Enumerable.Range(1, _options.Threads).Select(number => new BulkheadThread(
                        this, _queue, string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{Name} #{number}"), _options.Priority))]);
            }
        }
    }
}
