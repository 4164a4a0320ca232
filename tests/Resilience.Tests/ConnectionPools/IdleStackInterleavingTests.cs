using Resilience.ConnectionPools;
using Resilience.Tests.Interleaving;
using Xunit;

namespace Resilience.Tests.ConnectionPools;

public sealed class IdleStackInterleavingTests
{
    [Fact]
    public void Pitfall_a_top_that_went_and_came_back_above_something_else_fools_nobody() => Explore(entries: 3, stack =>
    [
        () => stack.GiveBack(stack.Take()),
        () =>
        {
            // As many as before and the same one on top: only the word's tag tells the two apart.
            var (first, second, third) = (stack.Take(), stack.Take(), stack.Take());
            stack.GiveBack(second);
            stack.GiveBack(third);
            stack.GiveBack(first);
        },
    ]);

    [Fact]
    public void Three_who_take_and_give_back_lose_nothing_and_share_nothing() => Explore(entries: 2, stack =>
    [
        () => stack.GiveBack(stack.Take()),
        () => stack.GiveBack(stack.Take()),
        () => stack.GiveBack(stack.Take()),
    ]);

    [Fact]
    public void Once_the_guard_is_set_nobody_takes_past_it() => Explore(entries: 2, stack =>
    [
        () => stack.GiveBack(stack.Take()),
        () => stack.GiveBack(stack.Take()),
        () =>
        {
            stack.Idle.SetGuard(true);
            var idle = stack.Idle.Count;
            Explored.Reach(); // the others do what they can, and that is nothing
            Assert.True(stack.Idle.Count >= idle);
            stack.Idle.SetGuard(false);
        },
    ]);

    private static void Explore(int entries, Func<Watched, Action[]> scenario)
    {
        var orders = Interleavings.Explore(maxPreemptions: 2, () =>
        {
            var stack = new Watched(entries);
            return (scenario(stack), static () => { }, stack.CheckEnd);
        });

        TestContext.Current.TestOutputHelper?.WriteLine($"{orders} orders");
        Assert.InRange(orders, 10, 20_000);
    }

    private sealed class Watched
    {
        private readonly int[] _holders;

        public Watched(int entries)
        {
            _holders = new int[entries];
            Idle = new(entries);
            for (var index = 0; index < entries; index++)
            {
                var entry = new PoolEntry<object>(null!, index);
                Idle.Register(entry);
                Idle.PushGuarded(entry);
            }
        }

        public IdleStack<object, Explored> Idle { get; }

        public PoolEntry<object>? Take()
        {
            var entry = Idle.TryPop();
            Assert.True(entry is null || ++_holders[entry.Index] == 1, "one entry, two holders");
            return entry;
        }

        public void GiveBack(PoolEntry<object>? entry)
        {
            if (entry is not null)
            {
                _holders[entry.Index]--;
                if (!Idle.TryPush(entry))
                {
                    Idle.PushGuarded(entry); // what the pool does under its lock
                }
            }
        }

        public void CheckEnd()
        {
            Assert.Equal(_holders.Length, Idle.Count);
            for (var entry = 0; entry < _holders.Length; entry++)
            {
                Assert.NotNull(Take());
            }

            Assert.Null(Take());
        }
    }
}
