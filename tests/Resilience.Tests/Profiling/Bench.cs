using System.Collections.Concurrent;
using Microsoft.Extensions.Time.Testing;
using Resilience.Profiling;

namespace Resilience.Tests.Profiling;

/// <summary>A profiler whose clock, and whose threads' CPU clocks, are the test's.</summary>
internal sealed class Bench
{
    private readonly ConcurrentDictionary<int, long> _cpu = new();

    public Bench(ScopeProfilerOptions? options = null)
    {
        Profiler = new ScopeProfiler("test", options ?? new(), Clock, () => _cpu.GetValueOrDefault(Environment.CurrentManagedThreadId));
    }

    public FakeTimeProvider Clock { get; } = new();

    public ScopeProfiler Profiler { get; }

    /// <summary>Lets time pass, some of it on this thread's CPU.</summary>
    public void Work(double milliseconds, double cpu = 0)
    {
        _cpu.AddOrUpdate(Environment.CurrentManagedThreadId, static (_, more) => more, static (_, before, more) => before + more, (long)(cpu * 1_000_000));
        Clock.Advance(TimeSpan.FromMilliseconds(milliseconds));
    }

    /// <summary>Finds a scope by its names from the outermost in.</summary>
    public ScopeProfile At(params string[] names)
    {
        var scopes = Profiler.Snapshot().Roots;
        ScopeProfile? found = null;
        foreach (var name in names)
        {
            found = scopes.Single(scope => scope.Name == name);
            scopes = found.Children;
        }

        return found!;
    }

    public static TimeSpan Ms(double milliseconds) => TimeSpan.FromMilliseconds(milliseconds);
}
