using Polly;
using Resilience.Outcomes;
using Xunit;

namespace Resilience.Tests.Outcomes;

public sealed class PendingOutcomeTests
{
    private static readonly AsyncLocal<string?> _whose = new();

    [Fact]
    public async Task The_ending_runs_in_the_context_that_the_wait_began_in()
    {
        var call = new TaskCompletionSource<Outcome<int>>();
        string? seen = null;
        _whose.Value = "mine";
        var pending = Await(call.Task, outcome =>
        {
            seen = _whose.Value;
            _whose.Value = "the ending's";
            return new(outcome);
        });
        _whose.Value = "another's";
        call.SetResult(Outcome.FromResult(7));

        Assert.Equal((7, "mine", "another's"), ((await pending).Result, seen, _whose.Value));
    }

    [Fact]
    public async Task What_a_call_throws_is_its_outcome()
    {
        var call = new TaskCompletionSource<Outcome<int>>();
        var pending = Await(call.Task, static outcome => new(outcome));
        call.SetException(new NotSupportedException());

        Assert.IsType<NotSupportedException>((await pending).Exception);
    }

    [Fact]
    public async Task What_an_ending_throws_reaches_who_awaits()
    {
        var call = new TaskCompletionSource<Outcome<int>>();
        var pending = Await(call.Task, static _ => throw new NotSupportedException());
        call.SetResult(Outcome.FromResult(7));

        await Assert.ThrowsAsync<NotSupportedException>(async () => await pending);
    }

    [Fact]
    public async Task An_ending_may_take_its_time()
    {
        var (call, ending) = (new TaskCompletionSource<Outcome<int>>(), new TaskCompletionSource<Outcome<int>>());
        var pending = Await(call.Task, _ => new(ending.Task));
        call.SetResult(Outcome.FromResult(7));
        Assert.False(pending.IsCompleted);
        ending.SetResult(Outcome.FromResult(8));

        Assert.Equal(8, (await pending).Result);
    }

    [Fact]
    public async Task An_outcome_can_be_fetched_once()
    {
        var call = new TaskCompletionSource<Outcome<int>>();
        var pending = Await(call.Task, static outcome => new(outcome));
        call.SetResult(Outcome.FromResult(7));
        await pending;

        await Assert.ThrowsAsync<InvalidOperationException>(async () => await pending);
    }

    [Fact]
    public async Task A_wait_costs_no_bytes_once_there_was_one_like_it()
    {
        var least = long.MaxValue;
        for (var round = 0; round < 20 && least > 0; round++)
        {
            least = Math.Min(least, await MeasureAsync());
        }

        Assert.Equal(0, least);

        // What is pending is awaited when it is over: the thread stays the same, and the test's own async method needs no box.
        static async Task<long> MeasureAsync()
        {
            var calls = Enumerable.Range(0, 1_000).Select(static _ => new TaskCompletionSource<Outcome<int>>()).ToArray();
            var outer = calls.Length; // six waits for each call, as of six patterns
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var index = 0; index < outer; index++)
            {
                var pending = new ValueTask<Outcome<int>>(calls[index].Task);
                for (var depth = 0; depth < 6; depth++)
                {
                    pending = PendingOutcome<int, Unchanged>.AwaitAsync(pending, default, continueOnCapturedContext: false);
                }

                calls[index].SetResult(default);
                await pending;
            }

            return GC.GetAllocatedBytesForCurrentThread() - before;
        }
    }

    [Fact]
    public async Task Every_wait_gets_its_own_outcome_however_many_there_are()
    {
        await Task.WhenAll(Enumerable.Range(0, 4).Select(thread => Task.Run(
            async () =>
            {
                for (var call = 0; call < 5_000; call++)
                {
                    var number = (thread * 5_000) + call;
                    var pending = Await(YieldAsync(number), outcome => new(Outcome.FromResult(outcome.Result + 1)));
                    var around = Await(pending.AsTask(), outcome => new(Outcome.FromResult(outcome.Result - number)));
                    Assert.Equal(1, (await around).Result);
                }
            },
            TestContext.Current.CancellationToken)));

        static async Task<Outcome<int>> YieldAsync(int number)
        {
            await Task.Yield();
            return Outcome.FromResult(number);
        }
    }

    private static ValueTask<Outcome<int>> Await(Task<Outcome<int>> call, Func<Outcome<int>, ValueTask<Outcome<int>>> ending) =>
        PendingOutcome<int, Scripted>.AwaitAsync(new(call), new(ending), continueOnCapturedContext: false);

    private readonly struct Scripted(Func<Outcome<int>, ValueTask<Outcome<int>>> ending) : IEnding<int>
    {
        public ValueTask<Outcome<int>> EndAsync(Outcome<int> outcome) => ending(outcome);
    }

    private readonly struct Unchanged : IEnding<int>
    {
        public ValueTask<Outcome<int>> EndAsync(Outcome<int> outcome) => new(outcome);
    }
}
