using System.Diagnostics;
using System.Runtime.CompilerServices;
using Resilience.Benchmarks.Harness;
using Resilience.Profiling;

namespace Resilience.Benchmarks.Goals;

internal sealed class ProfilerCost() : Goal("G20", "profiler scope: time, CPU, bytes, quantiles; switched off", "2 × Stopwatch.GetTimestamp; an empty call")
{
    public override async Task<GoalResult> MeasureAsync(Stand stand)
    {
        var on = new ScopeProfiler("bench");
        var off = new ScopeProfiler("bench, off") { IsEnabled = false };
        var measured = await stand.CompareAsync(Scopes("ours", on), Stamps());
        var silent = await stand.CompareAsync(Scopes("ours, off", off), Nothing());
        var across = await stand.CompareAsync(AsyncScopes("ours, across await", on), Stamps());
        if (on.Snapshot().Roots is not [{ Count: > 0 }, { Count: > 0 }] || off.Snapshot().Roots.Count > 0)
        {
            throw new InvalidOperationException("The profilers measure something else than they say.");
        }

        var added = silent.Ratio(static samples => samples[0].Nanoseconds - samples[1].Nanoseconds);
        return new(
            [
                new("", measured.TimeRatio, 2.5),
                new("allocates", measured.Bytes, 0, "B"),
                new("off adds", added, 2, "ns"),
                new("across await", across.TimeRatio, double.PositiveInfinity),
                new("across await allocates", across.Bytes, double.PositiveInfinity, "B"),
            ],
            [.. measured.Rows, .. silent.Rows, .. across.Rows.Take(1)]);
    }

    private static Case Scopes(string name, ScopeProfiler profiler) => new(name, operations =>
    {
        for (var operation = 0; operation < operations; operation++)
        {
            Scoped(profiler);
        }

        return Task.CompletedTask;
    });

    private static Case AsyncScopes(string name, ScopeProfiler profiler) => new(name, async operations =>
    {
        for (var operation = 0; operation < operations; operation++)
        {
            using var scope = profiler.AsyncScope("across await");
            await Task.CompletedTask;
        }
    });

    private static Case Stamps() => new("2 × GetTimestamp", static operations =>
    {
        long sum = 0;
        for (var operation = 0; operation < operations; operation++)
        {
            sum += Stamped();
        }

        return sum < 0 ? throw new InvalidOperationException("Time went back.") : Task.CompletedTask;
    });

    private static Case Nothing() => new("nothing", static operations =>
    {
        for (var operation = 0; operation < operations; operation++)
        {
            Bare();
        }

        return Task.CompletedTask;
    });

    // The same method three times, as a program has it: with a scope, with two time stamps, with nothing.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Scoped(ScopeProfiler profiler)
    {
        using var scope = profiler.Scope("scope");
        Work();
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static long Stamped()
    {
        var start = Stopwatch.GetTimestamp();
        Work();
        return Stopwatch.GetTimestamp() - start;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static int Bare()
    {
        Work();
        return 0; // else it is a jump to the work and no method
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Work()
    {
    }
}
