using System.Runtime.CompilerServices;

namespace Resilience.Profiling;

/// <summary>What one thread is in, and what it has measured. Used by that thread alone, but for <see cref="Counters"/>.</summary>
internal sealed class ProfilerThread(ScopeProfiler owner)
{
    private ScopeEntry[] _entries = new ScopeEntry[16];
    private ThreadMeter _meter = new(owner.Clock);
    private int _count;
    private int _lastId;

    public ScopeProfiler Owner => owner;

    /// <summary>Gets what it has measured.</summary>
    public ThreadCounters Counters { get; } = new();

    /// <summary>Gets the thread whose this is now.</summary>
    public Thread Thread { get; set; } = Thread.CurrentThread;

    /// <summary>Gets the place that a scope opened now belongs under.</summary>
    private ScopePath Path => _count == 0 ? owner.Tree.Root : _entries[_count - 1].Path;

    /// <summary>Opens a synchronous scope.</summary>
    public ProfilerScope Open(string name)
    {
        var now = Charge();
        if ((Path.Find(name) ?? FindOrAdd(name)) is not { } path)
        {
            return default;
        }

        var counters = CountersOf(path);
        counters.Open();
        var frame = _count > 0 && _entries[_count - 1].IsStretch ? _entries[_count - 1].Frame : null;
        frame?.ChildOpened(now);
        if (++_lastId == 0)
        {
            _lastId = 1; // 0 is a stretch
        }

        var place = Push();
        ref var entry = ref _entries[place];
        entry.Path = path;
        entry.Counters = counters;
        entry.Frame = frame;
        entry.Start = now;
        entry.Id = _lastId;
        if (owner.MirrorsSpans)
        {
            entry.Span = owner.StartSpan(name); // it may open scopes of its own: nothing is read from the entry after this
            _meter.ForgetBytes();
        }

        return new ProfilerScope(this, place, entry.Id);
    }

    /// <summary>Ends a synchronous scope, and every one that was opened in it and forgotten.</summary>
    /// <remarks>Never inlined: a finally block that holds a branch alone costs nothing when the profiler is off.</remarks>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public void Close(int place, int id)
    {
        if (place >= _count || _entries[place].Id != id)
        {
            owner.CountDoubleDispose();
            return;
        }

        var now = Charge();
        while (_count > place)
        {
            Pop(now);
        }
    }

    /// <summary>Opens an asynchronous scope under what this thread is in. What flows with it is the caller's to change.</summary>
    public AsyncFrame? OpenFrame(string name, AsyncFrame? ambient)
    {
        var now = Charge();
        if ((Path.Find(name) ?? FindOrAdd(name)) is not { } path)
        {
            return null;
        }

        CountersOf(path).Open();
        ambient?.ChildOpened(now);
        return new AsyncFrame(owner, path, ambient, now, owner.MirrorsSpans ? owner.StartSpan(name) : null);
    }

    /// <summary>Ends an asynchronous scope, wherever it was opened.</summary>
    public void CloseFrame(AsyncFrame frame)
    {
        var now = Charge();
        if (!frame.TryClose(now, out var elapsed, out var own))
        {
            owner.CountDoubleDispose();
            return;
        }

        var counters = CountersOf(frame.Path);
        counters.Charge(own, cpu: 0, bytes: 0);
        if (counters.Close(elapsed))
        {
            _meter.ForgetBytes();
        }

        frame.Parent?.ChildClosed(now);
    }

    /// <summary>Goes on with another asynchronous scope, or with none, or back to one: this thread's ambient scope has changed.</summary>
    /// <remarks>
    /// Going back ends the stretch on top, unless synchronous scopes are open in it: those can't outlast an await, so then it isn't a way back but
    /// a continuation that runs on top of them, such as the one of a task that they completed.
    /// </remarks>
    public void Switch(AsyncFrame? from, AsyncFrame? to, bool isOwn)
    {
        if (isOwn)
        {
            _meter.ForgetBytes(); // what flows was changed by the profiler, which allocates
        }

        var now = Charge();
        if (_count > 0 && _entries[_count - 1].IsStretch && ReferenceEquals(_entries[_count - 1].Frame, from))
        {
            Pop(now);
        }

        if (!ReferenceEquals(StretchBelow(), to))
        {
            var counters = to is null ? null : CountersOf(to.Path);
            ref var entry = ref _entries[Push()];
            entry.Path = to?.Path ?? owner.Tree.Root;
            entry.Counters = counters;
            entry.Frame = to;
            entry.Id = 0;
        }
    }

    /// <summary>Begins anew on this thread: what the last one left open ends with it.</summary>
    public void Begin()
    {
        var now = owner.Clock.Now;
        while (_count > 0)
        {
            Pop(now);
        }

        _meter = new(owner.Clock);
    }

    // To whom the time since the last look belongs: to what stands on top. An asynchronous scope's own time isn't the time it runs.
    private long Charge()
    {
        var now = _meter.Lap(out var wall, out var cpu, out var bytes);
        if (_count > 0)
        {
            ref var top = ref _entries[_count - 1];
            top.Counters?.Charge(top.IsStretch ? 0 : wall, cpu, bytes);
        }

        return now;
    }

    private int Push()
    {
        if (_count == _entries.Length)
        {
            Array.Resize(ref _entries, 2 * _count); // bounded by the depth of scopes, and by how deep continuations can run in each other
            _meter.ForgetBytes();
        }

        return _count++;
    }

    private void Pop(long now)
    {
        ref var entry = ref _entries[--_count];
        var (frame, span) = (entry.Frame, entry.Span);
        entry.Frame = null;
        entry.Span = null;
        if (!entry.IsStretch)
        {
            if (entry.Counters!.Close(now - entry.Start))
            {
                _meter.ForgetBytes();
            }

            frame?.ChildClosed(now);
            if (span is not null)
            {
                owner.StopSpan(span);
            }
        }
    }

    private AsyncFrame? StretchBelow()
    {
        for (var place = _count - 1; place >= 0; place--)
        {
            if (_entries[place].IsStretch)
            {
                return _entries[place].Frame;
            }
        }

        return null;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private ScopePath? FindOrAdd(string name)
    {
        var path = owner.Tree.FindOrAdd(Path, name);
        _meter.ForgetBytes();
        if (path is null)
        {
            owner.CountDropped();
        }

        return path;
    }

    private ScopeCounters CountersOf(ScopePath path) => Counters.Find(path) ?? AddCounters(path);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private ScopeCounters AddCounters(ScopePath path)
    {
        var added = Counters.Add(path);
        _meter.ForgetBytes();
        return added;
    }
}
