using Resilience.ObjectPools;
using Resilience.Tests.Interleaving;
using Xunit;

namespace Resilience.Tests.ObjectPools;

public sealed class ObjectPoolInterleavingTests
{
    [Fact]
    public void Pitfall_a_slot_that_is_idle_again_with_another_object_fools_nobody() => Explore(idle: 1, static pool =>
    [
        () => pool.GiveBack(pool.Take()),
        () =>
        {
            // Who has seen the first object idle in the slot sees it idle again, and only the count of uses tells that another one is in it.
            pool.Discard();
            pool.GiveBack(pool.Take());
        },
    ]);

    [Fact]
    public void An_object_returned_twice_at_the_same_moment_is_returned_once() => Explore(idle: 1, static pool =>
    {
        var item = pool.Take();
        item.Leave();
        pool.Misuses = 1;
        return
        [
            () => pool.Pool.Return<Explored>(item),
            () => pool.Pool.Return<Explored>(item),
        ];
    });

    [Fact]
    public void An_object_is_never_out_to_two_while_three_take_and_give_back() => Explore(idle: 2, static pool =>
    [
        () => pool.GiveBack(pool.Take()),
        () => pool.GiveBack(pool.Take()),
        () => pool.GiveBack(pool.Take()),
    ]);

    private static void Explore(int idle, Func<Watched, Action[]> scenario)
    {
        var orders = Interleavings.Explore(maxPreemptions: 2, () =>
        {
            var pool = new Watched(idle);
            return (scenario(pool), static () => { }, pool.CheckEnd);
        });

        TestContext.Current.TestOutputHelper?.WriteLine($"{orders} orders");
        Assert.InRange(orders, 3, 20_000);
    }

    private sealed class Watched
    {
        public Watched(int idle)
        {
            Pool = new("explored", new ScriptedPolicy(), new() { MaxSize = idle, TrimsUnderPressure = false }); // as few slots as objects: nobody has others to go to
            var items = Enumerable.Range(0, idle).Select(_ => Pool.Get()).ToList();
            items.ForEach(Pool.Return);
        }

        public TrackedObjectPool<Pooled> Pool { get; }

        public long Misuses { get; set; }

        public Pooled Take() => Entered(Pool.Get<Explored>());

        public void GiveBack(Pooled item)
        {
            item.Leave();
            Pool.Return<Explored>(item);
        }

        public void Discard()
        {
            var lease = Pool.Rent();
            Entered(lease.Value).Leave();
            lease.Discard();
        }

        public void CheckEnd()
        {
            var now = Pool.Snapshot();
            Assert.Equal((0, now.Created - now.Discarded, Misuses), (now.InUse, now.Idle, now.DoubleReturns));
            Enumerable.Range(0, now.Idle).Select(_ => Take()).ToList().ForEach(static item => Assert.Equal(0, item.Disposals));
            Pool.Dispose();
        }

        private static Pooled Entered(Pooled item)
        {
            Assert.True(item.TryEnter(), "one object, two renters");
            Assert.Equal(0, item.Disposals);
            return item;
        }
    }
}
