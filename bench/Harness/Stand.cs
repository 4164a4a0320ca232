using System.Diagnostics;

namespace Resilience.Benchmarks.Harness;

/// <summary>Measures cases side by side: in one process, in turn, round by round, so that what disturbs one disturbs the other.</summary>
/// <remarks>
/// A round runs the cases A/B/A/B/… for about <see cref="BatchTime"/> each, and every second round B/A/B/A/…; each case's sample is the best of its
/// batches, since a neighbour on the machine can only take time away. What is judged is the ratio within each round: the machine's slower ups and
/// downs are in both halves of it.
/// </remarks>
internal sealed class Stand
{
    private const int MostOperations = 10_000_000;

    // Where a clock ticks every 100 ns, one operation may seem to take no time at all.
    private static readonly TimeSpan _shortest = TimeSpan.FromMicroseconds(10);

    /// <summary>Gets how many rounds there are; at least 11, for a band to mean something.</summary>
    public int Rounds { get; init; } = 15;

    /// <summary>Gets how often each case runs in a round.</summary>
    public int Batches { get; init; } = 8;

    /// <summary>Gets how long one batch takes: less than what a scheduler gives a thread at a time.</summary>
    public TimeSpan BatchTime { get; init; } = TimeSpan.FromMilliseconds(2.5);

    /// <summary>Gets how long a case runs at least before it counts.</summary>
    public TimeSpan WarmUp { get; init; } = TimeSpan.FromMilliseconds(120);

    /// <summary>Gets how often a case is warmed up at most: it ends when the last time made it no faster, which is when it is compiled for good.</summary>
    public int WarmUps { get; init; } = 16;

    /// <summary>Measures cases in turn.</summary>
    /// <param name="cases">Ours, the rival and, if both add to it, what they are added to.</param>
    /// <returns>The samples.</returns>
    public async Task<Comparison> CompareAsync(params Case[] cases)
    {
        var operations = new int[cases.Length];
        for (var pass = 0; pass < 2; pass++) // the second, since what one case compiles another may share
        {
            for (var index = 0; index < cases.Length; index++)
            {
                operations[index] = await WarmUpAsync(cases[index]);
            }
        }

        var rounds = cases.Select(static _ => new List<Sample>()).ToArray();
        for (var round = 0; round < Rounds; round++)
        {
            var best = await RunRoundAsync(cases, operations, backwards: round % 2 == 1);
            for (var index = 0; index < cases.Length; index++)
            {
                rounds[index].Add(best[index]);
            }
        }

        return new(cases, rounds);
    }

    private async Task<Sample[]> RunRoundAsync(Case[] cases, int[] operations, bool backwards)
    {
        var best = new Sample[cases.Length];
        for (var batch = 0; batch < Batches; batch++)
        {
            for (var turn = 0; turn < cases.Length; turn++)
            {
                var index = backwards ? cases.Length - 1 - turn : turn;
                var sample = await MeasureAsync(cases[index], operations[index]);
                best[index] = best[index] is null ? sample : best[index].BestWith(sample);
            }
        }

        return best;
    }

    private static async Task<Sample> MeasureAsync(Case measured, int operations)
    {
        using var around = measured.Around?.Invoke();
        var bytes = GC.GetTotalAllocatedBytes(precise: true);
        var elapsed = await (measured.Threads == 1 ? TimeAsync(measured, operations) : TimeOnThreadsAsync(measured, operations));
        bytes = GC.GetTotalAllocatedBytes(precise: true) - bytes;

        var all = (double)operations * measured.Threads;
        return new(elapsed.TotalNanoseconds / all, bytes / all);
    }

    private static async Task<TimeSpan> TimeAsync(Case measured, int operations)
    {
        var start = Stopwatch.GetTimestamp();
        await measured.RunAsync(operations);
        return Stopwatch.GetElapsedTime(start);
    }

    // From the moment that all threads are there to the end of the last one.
    private static async Task<TimeSpan> TimeOnThreadsAsync(Case measured, int operations)
    {
        long start = 0;
        using var ready = new Barrier(measured.Threads, _ => start = Stopwatch.GetTimestamp());
        await Task.WhenAll(Enumerable.Range(0, measured.Threads).Select(_ => Task.Factory.StartNew(
            () =>
            {
                ready.SignalAndWait();
                return measured.RunAsync(operations);
            },
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default).Unwrap()));
        return Stopwatch.GetElapsedTime(start);
    }

    // On one thread, whatever the case asks for: starting threads would be most of a short run.
    private async Task<int> WarmUpAsync(Case measured)
    {
        var best = double.PositiveInfinity;
        for (var round = 0; round < WarmUps; round++)
        {
            var now = await FastestAsync(measured);
            var settled = round >= 2 && now > 0.95 * best;
            best = Math.Min(best, now);
            if (settled)
            {
                break;
            }
        }

        return (int)Math.Clamp(BatchTime.TotalNanoseconds / best, 1, MostOperations);
    }

    // The runtime counts calls to tell what is worth compiling well: many short runs get a case there sooner than one long one.
    private async Task<double> FastestAsync(Case measured)
    {
        using var around = measured.Around?.Invoke();
        var operations = 1;
        var best = double.PositiveInfinity;
        var warm = Stopwatch.StartNew();
        while (warm.Elapsed < WarmUp)
        {
            var elapsed = await TimeAsync(measured, operations);
            if (elapsed >= _shortest || operations == MostOperations)
            {
                best = Math.Min(best, elapsed.TotalNanoseconds / operations);
            }

            operations = elapsed < BatchTime / 4 ? Math.Min(2 * operations, MostOperations) : operations;
        }

        return best;
    }
}
