using System.Diagnostics;
using System.Runtime.CompilerServices;
using Resilience.Validation;

namespace Resilience.Profiling;

/// <summary>Measures named stretches of work as a tree: how often, how long, how much CPU, how many bytes.</summary>
/// <remarks>
/// Safe for concurrent use. A synchronous scope costs two time stamps and half as much again, and allocates nothing; an asynchronous one costs
/// what an <see cref="AsyncLocal{T}"/> does, and each time it changes threads. Switched off, either costs a branch. Threads count for themselves and are
/// added up when somebody asks. Nearly all code wants the process's own, <see cref="Profiler"/>.
/// </remarks>
public sealed class ScopeProfiler
{
    private readonly ProfilerThreads _threads;
    private readonly AsyncLocal<AsyncFrame?> _ambient;
    private readonly ProfilerBaseline _baseline;
    private volatile bool _isEnabled = true;
    private volatile bool _mirrorsSpans;
    private long _doubleDisposes;
    private long _dropped;

    /// <summary>Initializes a profiler that is on, and shows it to who watches the meter.</summary>
    /// <param name="name">What to call it in metrics and reports; a few names for a process.</param>
    /// <param name="options">How much it may remember; null for the defaults. Read once.</param>
    /// <param name="timeProvider">Tells the time; null for the system's.</param>
    /// <exception cref="System.ComponentModel.DataAnnotations.ValidationException"><paramref name="options"/> has a value outside its range.</exception>
    public ScopeProfiler(string name, ScopeProfilerOptions? options = null, TimeProvider? timeProvider = null)
        : this(name, options ?? new(), timeProvider, ThreadCpuClock.Read)
    {
    }

    internal ScopeProfiler(string name, ScopeProfilerOptions options, TimeProvider? timeProvider, Func<long>? cpu)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        OptionRanges.Check(options, $"The profiler {name}");

        Name = name;
        Clock = new(timeProvider, options.CpuClockFrom, cpu);
        Tree = new(options);
        _threads = new(this);
        _baseline = new(this);
        _ambient = new(Switch);
        _mirrorsSpans = options.MirrorsSpans;
        ProfilerTelemetry.Watch(this);
    }

    /// <summary>Gets the name that its owner gave it.</summary>
    public string Name { get; }

    /// <summary>Gets or sets whether scopes that are opened from now on are measured. Those that are open go on.</summary>
    /// <value>True at first.</value>
    public bool IsEnabled
    {
        get => _isEnabled;
        set => _isEnabled = value;
    }

    /// <summary>Gets or sets whether each scope that is opened from now on is a span, too.</summary>
    /// <value>As the options had it.</value>
    public bool MirrorsSpans
    {
        get => _mirrorsSpans;
        set => _mirrorsSpans = value;
    }

    internal ProfilerClock Clock { get; }

    internal ScopeTree Tree { get; }

    internal long DoubleDisposes => Interlocked.Read(ref _doubleDisposes);

    internal long Dropped => Interlocked.Read(ref _dropped);

    /// <summary>Measures synchronous work: <c>using var scope = profiler.Scope("price");</c> The compiler refuses it across an <c>await</c>.</summary>
    /// <param name="name">What the work is called: a literal, of which a program has as many as lines, and never an id.</param>
    /// <returns>Dispose it at the end of the work.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ProfilerScope Scope(string name) => _isEnabled ? Open(name) : default;

    /// <summary>Measures work across <c>await</c>: <c>using var scope = profiler.AsyncScope("checkout");</c></summary>
    /// <remarks>Scopes opened while the work is under way stand under it, on whichever thread, in parallel branches, too.</remarks>
    /// <param name="name">What the work is called: a literal, of which a program has as many as lines, and never an id.</param>
    /// <returns>Dispose it at the end of the work.</returns>
    public AsyncProfilerScope AsyncScope(string name)
    {
        if (!_isEnabled || _threads.Current.OpenFrame(name, _ambient.Value) is not { } frame)
        {
            return default;
        }

        _ambient.Value = frame;
        return new AsyncProfilerScope(frame);
    }

    /// <summary>Gets what was measured since the start, or since the last <see cref="Reset"/>, while measuring goes on.</summary>
    /// <returns>Sums as of about this moment. Work that is under way counts what it has used, and its own time when it ends.</returns>
    public ProfileSnapshot Snapshot() => _baseline.Snapshot(_threads.Snapshot());

    /// <summary>Begins anew: what was measured until now is left out of later snapshots. A scope that is open now counts in full when it ends.</summary>
    public void Reset() => _baseline.Reset(_threads.Snapshot());

    // Apart, so that what is inlined where a scope is opened is a branch, and nothing else when the profiler is off.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private ProfilerScope Open(string name) => _threads.Current.Open(name);

    internal void Close(AsyncFrame frame)
    {
        _threads.Current.CloseFrame(frame);
        if (ReferenceEquals(_ambient.Value, frame))
        {
            _ambient.Value = frame.Parent;
        }

        if (frame.Span is { } span)
        {
            StopSpan(span);
        }
    }

    internal void CountDropped() => Interlocked.Increment(ref _dropped);

    internal void CountDoubleDispose() => Interlocked.Increment(ref _doubleDisposes);

    internal Activity? StartSpan(string name) => ProfilerTelemetry.StartSpan(Name, name);

    internal void StopSpan(Activity span) => ProfilerTelemetry.StopSpan(Name, span);

    private void Switch(AsyncLocalValueChangedArgs<AsyncFrame?> change) =>
        _threads.Current.Switch(change.PreviousValue, change.CurrentValue, isOwn: !change.ThreadContextChanged);
}
