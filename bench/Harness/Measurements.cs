using System.Diagnostics;

namespace Resilience.Benchmarks.Harness;

/// <summary>What the command line asks for.</summary>
internal static class Measurements
{
    /// <summary>Measures goals and says of each whether it is met.</summary>
    /// <returns>The exit code: 0 if all are met, 1 if one falls short, 2 if one doesn't exist.</returns>
    public static async Task<int> JudgeAsync(Stand stand, string[] ids, bool verbose)
    {
        if (Debugger.IsAttached || IsDebugBuild())
        {
            await Console.Error.WriteLineAsync("These are the figures of a Debug build or under a debugger, which say nothing. Run with -c Release.");
        }

        if (ids.FirstOrDefault(static id => Goal.Find(id) is null) is { } unknown)
        {
            await Console.Error.WriteLineAsync($"There is no goal {unknown}. There are: {string.Join(' ', Goal.All.Select(static goal => goal.Id))}.");
            return 2;
        }

        var met = true;
        foreach (var goal in ids.Length == 0 ? Goal.All.Where(static goal => goal.IsPromise) : ids.Select(static id => Goal.Find(id)!))
        {
            var result = await goal.MeasureAsync(stand);
            await Console.Out.WriteLineAsync(result.Line(goal.Id));
            if (verbose)
            {
                await Console.Out.WriteLineAsync("   " + Table.Sides(result));
            }

            met &= result.IsMet;
        }

        return met ? 0 : 1;
    }

    /// <summary>Measures every goal there is, promises or not.</summary>
    public static async Task<IReadOnlyList<(Goal Goal, GoalResult Result)>> TakeAllAsync(Stand stand)
    {
        var results = new List<(Goal, GoalResult)>();
        foreach (var goal in Goal.All)
        {
            results.Add((goal, await goal.MeasureAsync(stand)));
        }

        return results;
    }

    private static bool IsDebugBuild() => typeof(Goal).Assembly.GetCustomAttributes(typeof(DebuggableAttribute), inherit: false)
        is [DebuggableAttribute { IsJITOptimizerDisabled: true }];
}
