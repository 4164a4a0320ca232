using Resilience.Benchmarks.Harness;
using Xunit;

namespace Resilience.Benchmarks.Tests;

public sealed class StandTests
{
    private readonly Stand _stand = new() { Rounds = 3, Batches = 2, BatchTime = TimeSpan.FromMilliseconds(0.2), WarmUp = TimeSpan.FromMilliseconds(2), WarmUps = 1 };

    [Fact]
    public async Task Cases_run_in_turn_and_every_second_round_the_other_way_round()
    {
        var order = new List<string>();
        Case Logging(string name) => new(name, _ => Task.CompletedTask, Around: () => new Entry(() => order.Add(name)));

        await _stand.CompareAsync(Logging("a"), Logging("b"));

        Assert.Equal(["a", "b", "a", "b", "b", "a", "b", "a", "a", "b", "a", "b"], order.TakeLast(12));
    }

    [Fact]
    public async Task Bytes_are_counted_for_each_operation()
    {
        var measured = await _stand.CompareAsync(
            new Case("ours", static operations =>
            {
                for (var operation = 0; operation < operations; operation++)
                {
                    GC.KeepAlive(new byte[1000]);
                }

                return Task.CompletedTask;
            }),
            new Case("rival", static operations =>
            {
                for (var operation = 0; operation < operations; operation++)
                {
                    GC.KeepAlive(new byte[2000]);
                }

                return Task.CompletedTask;
            }));

        Assert.InRange(measured.Bytes.Median, 1000, 1100); // and the array's own head
        Assert.InRange(measured.BytesRatio.Median, 0.45, 0.55);
    }

    [Fact]
    public async Task Each_thread_runs_all_operations()
    {
        var runs = new List<(int Operations, int Thread)>();

        await _stand.CompareAsync(new Case(
            "ours",
            operations =>
            {
                lock (runs)
                {
                    runs.Add((operations, Environment.CurrentManagedThreadId));
                }

                return Task.CompletedTask;
            },
            Threads: 2));

        var measured = runs.TakeLast(2 * _stand.Rounds * _stand.Batches).Chunk(2).ToList();
        Assert.All(measured, static pair => Assert.Equal(pair[0].Operations, pair[1].Operations));
        Assert.All(measured, static pair => Assert.NotEqual(pair[0].Thread, pair[1].Thread));
    }

    private sealed class Entry(Action begin) : IDisposable
    {
        public void Dispose() => begin();
    }
}
