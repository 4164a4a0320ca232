using System.ComponentModel.DataAnnotations;
using System.Runtime.CompilerServices;
using Resilience.Deadlines;
using Resilience.Interleaving;
using Resilience.Measurement;
using Resilience.Telemetry;
using Resilience.Validation;

namespace Resilience.Bulkheads;

/// <summary>Lets at most so many calls run at a time, so that one slow neighbour can't take all of this process with it.</summary>
/// <remarks>
/// Safe for concurrent use. Coming in and leaving are two compare-and-swaps each, without a lock or an allocation, while nobody has to wait;
/// who waits gets the permit from the hands of who leaves, so that no newcomer catches it. Nobody waits beyond his deadline
/// (<see cref="Deadline.Current"/>): he is refused at once when the queue moves too slowly for him, and passed over when he has become too late.
/// Source: M. Nygard, <i>Release It!</i>, 2nd ed., Pragmatic Bookshelf 2018, ch. 5, "Bulkheads".
/// </remarks>
public sealed partial class Bulkhead : IDisposable
{
    /// <summary>The highest priority that a call can have: served first.</summary>
    public const int HighestPriority = 7;

    /// <summary>The priority of a call that doesn't say.</summary>
    public const int NormalPriority = 3;

    private readonly BulkheadOptions _options;
    private readonly MonotonicClock _clock;
    private readonly PermitGate<Unwatched> _gate;
    private readonly Alarm _alarm;
    private readonly BulkheadStatistics _statistics = new();

    /// <summary>Initializes a bulkhead, and shows it to who watches the meter.</summary>
    /// <param name="name">What to call it in metrics and messages; a few names for a process, never an id.</param>
    /// <param name="options">How many at a time, and who may wait. Read once; see <see cref="Resize"/>.</param>
    /// <param name="timeProvider">Tells the time and makes the timer; null for the system's.</param>
    /// <exception cref="ValidationException"><paramref name="options"/> has a value outside its range.</exception>
    public Bulkhead(string name, BulkheadOptions options, TimeProvider? timeProvider = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(options);
        OptionRanges.Check(options, $"The bulkhead {name}");

        var time = timeProvider ?? SystemTime.Provider;
        Name = name;
        _options = options;
        _clock = new MonotonicClock(time);
        var settings = new GateSettings(
            options.MaxConcurrency,
            options.MaxQueue,
            options.QueueOrder,
            (long)Math.Ceiling(options.MaxQueueTime.TotalMilliseconds),
            (long)Math.Ceiling(options.ExpectedServiceTime.TotalMilliseconds));
        _gate = new PermitGate<Unwatched>(settings, _clock);
        _alarm = new Alarm(time, Expire);
        BulkheadTelemetry.Watch(this);
    }

    /// <summary>Gets the name that its owner gave it.</summary>
    public string Name { get; }

    /// <summary>Gets how many calls may run at a time.</summary>
    /// <value>A number of calls.</value>
    public int Limit => GateWord.Limit(_gate.Word);

    internal MonotonicClock Clock => _clock;

    internal int InUse => GateWord.InUse(_gate.Word);

    internal bool HasRoom => GateWord.HasRoom(_gate.Word);

    internal bool IsClosed => GateWord.IsClosed(_gate.Word);

    internal BulkheadOptions Options => _options;

    internal Func<Polly.ResilienceContext, int>? PrioritySelector => _options.PrioritySelector;

    /// <summary>Takes a permit if one is free; never waits.</summary>
    /// <param name="permit">Dispose it when the call is over; default when there was none.</param>
    /// <returns>True when the call may run.</returns>
    public bool TryAcquire(out Permit permit)
    {
        if (_gate.TryEnter(out var ticket))
        {
            permit = new Permit(this, ticket);
            return true;
        }

        _statistics.Count(GateWord.IsClosed(_gate.Word) ? EntryKind.ShuttingDown : EntryKind.QueueFull);
        permit = default;
        return false;
    }

    /// <summary>Takes a permit, and waits for one if need be and may be.</summary>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <returns>The permit: dispose it when the call is over. To be awaited once, and to be awaited: a permit nobody takes is out for ever.</returns>
    /// <exception cref="BulkheadRejectedException">No permit was to be had; <see cref="BulkheadRejectedException.Reason"/> says why.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled before there was a permit.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ValueTask<Permit> AcquireAsync(CancellationToken cancellationToken) => AcquireAsync(NormalPriority, cancellationToken);

    /// <summary>Takes a permit, and waits for one if need be and may be.</summary>
    /// <param name="priority">From 0 to <see cref="HighestPriority"/>, which is served first. Counts with <see cref="BulkheadQueueOrder.Priority"/> only.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <returns>The permit: dispose it when the call is over. To be awaited once, and to be awaited: a permit nobody takes is out for ever.</returns>
    /// <exception cref="BulkheadRejectedException">No permit was to be had; <see cref="BulkheadRejectedException.Reason"/> says why.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled before there was a permit.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ValueTask<Permit> AcquireAsync(int priority, CancellationToken cancellationToken)
    {
        if (!cancellationToken.IsCancellationRequested && _gate.TryEnter(out var ticket))
        {
            return new ValueTask<Permit>(new Permit(this, ticket));
        }

        return AcquireSlowlyAsync(priority, cancellationToken);
    }

    /// <summary>Changes how many calls may run at a time, while it runs.</summary>
    /// <remarks>Raised, those who wait come in at once, as many as now fit. Lowered, nobody is thrown out: nobody comes in until enough have left.</remarks>
    /// <param name="maxConcurrency">A number of calls from 1 to 100000.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="maxConcurrency"/> is outside its range.</exception>
    public void Resize(int maxConcurrency)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxConcurrency, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(maxConcurrency, 100_000);

        _gate.Resize(maxConcurrency);
    }

    /// <summary>Gets how it is doing, and what it has done.</summary>
    /// <returns>What is in use, the limit and the queue as of one moment; counts as of about that moment.</returns>
    public BulkheadSnapshot Snapshot() => _statistics.Snapshot(Name, _gate.Word, _gate.Queued, _gate.Counts.Granted);

    /// <summary>Shuts it: who waits is refused, nobody comes in any more, and who is in leaves in his own time.</summary>
    public void Dispose()
    {
        _gate.Close();
        _alarm.Dispose();
        BulkheadTelemetry.Forget(this);
    }

    internal bool TryEnter(out Ticket ticket) => _gate.TryEnter(out ticket);

    internal bool Exit(Ticket ticket) => _gate.Exit(ticket) || _statistics.CountDoubleRelease();

    /// <summary>Comes in, with the outcome as a value; never throws.</summary>
    internal ValueTask<Entry> EnterAsync(int priority, CancellationToken cancellationToken) =>
        !cancellationToken.IsCancellationRequested && _gate.TryEnter(out var ticket)
            ? new ValueTask<Entry>(new Entry(EntryKind.Granted, ticket))
            : EnterSlowlyAsync(priority, cancellationToken);

    internal BulkheadRejectedException Refusal(Entry entry)
    {
        SpanNotes.Refused("bulkhead", Name);
        return new(Name, ReasonOf(entry.Kind), Limit, _gate.Queued, entry.Waited);
    }
}
