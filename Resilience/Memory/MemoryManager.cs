using System.Collections.Concurrent;
using System.ComponentModel.DataAnnotations;
using Resilience.Measurement;
using Resilience.Telemetry;
using Resilience.Validation;

namespace Resilience.Memory;

/// <summary>Does something about memory before somebody else does: gives up what can be spared, then refuses work, so that the process isn't killed with all of it.</summary>
/// <remarks>
/// Looks at memory every <see cref="MemoryOptions.CheckInterval"/>. Over the soft limit one more stage of actions is gone through with each look, over the hard one
/// all of them; then a collection is forced, at most one a minute, not again soon after one that freed little, and sooner when tracked work has ended since. Safe for concurrent use; no action runs
/// while another does. Tracking costs 32 bytes and four atomic operations.
/// </remarks>
public sealed partial class MemoryManager : IDisposable
{
    /// <summary>How many tags are told apart; what comes under further ones is accounted to <see cref="OtherTag"/>.</summary>
    public const int MostTags = 256;

    /// <summary>The tag of what came under more tags than are told apart.</summary>
    public const string OtherTag = "other";

    private readonly ConcurrentDictionary<string, TagAccount> _accounts = new(StringComparer.Ordinal);
    private readonly TagAccount _all = new("all");
    private readonly MemoryOptions _options;
    private readonly IMemorySource _source;
    private readonly MonotonicClock _clock;
    private readonly CollectionGate _collections;
    private readonly ITimer _timer;
    private long _refused;

    /// <summary>Initializes a manager, looks at memory for the first time, and goes on doing so.</summary>
    /// <param name="name">What to call it in metrics and messages.</param>
    /// <param name="options">The limits; the defaults when null. Read once.</param>
    /// <param name="source">Reads memory; the process's own when null.</param>
    /// <param name="timeProvider">Tells the time and makes the timer; the system's when null.</param>
    /// <exception cref="ValidationException"><paramref name="options"/> has a value outside its range, or a soft limit above the hard one.</exception>
    public MemoryManager(string name, MemoryOptions? options = null, IMemorySource? source = null, TimeProvider? timeProvider = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        options ??= new();
        OptionRanges.Check(options, $"The memory manager '{name}'");

        var time = timeProvider ?? SystemTime.Provider;
        Name = name;
        _options = options;
        _source = source ?? new ProcessMemorySource();
        _clock = new(time);
        _collections = new(options.CollectionInterval, options.ProductiveRatio);
        _view = View(_source.Read(), MemoryLevel.Ample);
        if (_view is { SoftLimit: { } soft, HardLimit: { } hard } && soft > hard)
        {
            throw OptionRanges.Refuse($"The memory manager '{name}'", nameof(options.SoftLimit), options.SoftLimit, $"must not be above HardLimit, which is {options.HardLimit}");
        }

        // The timer belongs to nobody's call.
        using var nobody = ExecutionContext.IsFlowSuppressed() ? default : ExecutionContext.SuppressFlow();
        _timer = time.CreateTimer(static manager => ((MemoryManager)manager!).CheckInBackground(), this, options.CheckInterval, options.CheckInterval);
        MemoryTelemetry.Watch(this);
    }

    /// <summary>Gets the name that its owner gave it.</summary>
    public string Name { get; }

    /// <summary>Gets how short memory was when it was looked at last.</summary>
    public MemoryLevel Level => Volatile.Read(ref _view).Level;

    /// <summary>Accounts memory to a tag, until what is returned is disposed.</summary>
    /// <param name="tag">What it is for, such as <c>cart</c>: a few words for a process, never an id.</param>
    /// <param name="bytes">How many bytes the work will hold, as well as that is known; 0 or more.</param>
    /// <returns>Dispose it when the bytes are let go.</returns>
    /// <exception cref="MemoryLimitExceededException">Memory is at its hard limit, or would be with this.</exception>
    public TrackedMemory Track(string tag, long bytes)
    {
        ArgumentException.ThrowIfNullOrEmpty(tag);
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);

        // A reading is as old as the last look: what was tracked since then counts on top of it.
        var view = Volatile.Read(ref _view);
        if (view.HardLimit is { } limit)
        {
            var used = view.Used + Math.Max(0, _all.Bytes - view.Tagged);
            if (view.Level == MemoryLevel.Hard || bytes > limit - used)
            {
                Interlocked.Increment(ref _refused);
                throw new MemoryLimitExceededException(tag, bytes, used, limit);
            }
        }

        return new(AccountOf(tag), _all, bytes);
    }

    /// <summary>Gets how the process is off for memory, and what was done about it.</summary>
    /// <returns>The reading of the last look; tags as of now.</returns>
    public MemorySnapshot Snapshot()
    {
        var view = Volatile.Read(ref _view);
        return new()
        {
            Name = Name,
            Level = view.Level,
            Reading = view.Reading,
            SoftLimit = view.SoftLimit,
            HardLimit = view.HardLimit,
            Tags = [.. _accounts.Values.OrderBy(static account => account.Tag, StringComparer.Ordinal).Select(static account => account.Snapshot())],
            Actions = Enum.GetValues<MemoryStage>().ToDictionary(static stage => stage, stage => Volatile.Read(ref _runs[(int)stage])),
            Collections = _collections.Forced,
            ProductiveCollections = _collections.Productive,
            Refused = Volatile.Read(ref _refused),
        };
    }

    /// <summary>Stops looking at memory. What is tracked stays accounted until it is let go.</summary>
    public void Dispose()
    {
        _timer.Dispose();
        MemoryTelemetry.Forget(this);
    }

    // Two at the same moment may go a few tags beyond the most: bounded is what matters.
    private TagAccount AccountOf(string tag) => _accounts.TryGetValue(tag, out var account)
        ? account
        : _accounts.GetOrAdd(_accounts.Count < MostTags ? tag : OtherTag, static tag => new(tag));

    private void CheckInBackground()
    {
        try
        {
            Check();
        }
        catch (Exception exception)
        {
            CallbackErrors.Count(Name, exception); // the source's fault; the next look may do better
        }
    }
}
