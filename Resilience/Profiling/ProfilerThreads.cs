using System.Runtime.CompilerServices;

namespace Resilience.Profiling;

/// <summary>A profiler's threads. What a thread has measured outlives it, and is carried on by a thread that comes later.</summary>
/// <remarks>So there are as many as threads were there at the same time, and not as many as there have ever been.</remarks>
internal sealed class ProfilerThreads(ScopeProfiler owner)
{
    [ThreadStatic]
    private static ProfilerThread? t_last; // nearly always a process has one profiler, so this is it

    private readonly Lock _lock = new();
    private readonly List<ProfilerThread> _all = [];
    private readonly ConditionalWeakTable<Thread, ProfilerThread> _byThread = [];

    /// <summary>Gets this thread's.</summary>
    public ProfilerThread Current => t_last is { } last && ReferenceEquals(last.Owner, owner) ? last : FindOrBegin();

    public IReadOnlyList<ProfilerThread> Snapshot()
    {
        lock (_lock)
        {
            return [.. _all];
        }
    }

    private ProfilerThread FindOrBegin() => t_last = _byThread.TryGetValue(Thread.CurrentThread, out var known) ? known : Begin();

    private ProfilerThread Begin()
    {
        var thread = Take();
        thread.Begin(); // not under the lock: it may end spans, which others listen to
        return thread;
    }

    private ProfilerThread Take()
    {
        lock (_lock)
        {
            var thread = _all.Find(static other => !other.Thread.IsAlive);
            if (thread is null)
            {
                thread = new(owner);
                _all.Add(thread);
            }

            _byThread.Remove(thread.Thread);
            thread.Thread = Thread.CurrentThread;
            _byThread.Add(thread.Thread, thread);
            return thread;
        }
    }
}
