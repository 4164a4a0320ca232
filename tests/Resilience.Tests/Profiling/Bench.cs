using Microsoft.Extensions.Time.Testing;
using Resilience.Profiling;

namespace Resilience.Tests.Profiling;

/// <summary>A profiler whose clock and whose CPU's clock are the test's.</summary>
internal sealed class Bench
{
    private long _cpu;

    public Bench(ScopeProfilerOptions? options = null)
    {
        Profiler = new ScopeProfiler("test", options ?? new(), Clock, () => Interlocked.Read(ref _cpu));
    }

    public FakeTimeProvider Clock { get; } = new();

    public ScopeProfiler Profiler { get; }

    /// <summary>Lets time pass, some of it on the CPU.</summary>
    public void Work(double milliseconds, double cpu = 0)
    {
        Interlocked.Add(ref _cpu, (long)(cpu * 1_000_000));
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
