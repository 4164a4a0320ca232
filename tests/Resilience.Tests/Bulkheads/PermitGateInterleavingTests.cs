using Microsoft.Extensions.Time.Testing;
using Resilience.Bulkheads;
using Resilience.Measurement;
using Resilience.Tests.Interleaving;
using Xunit;

namespace Resilience.Tests.Bulkheads;

/// <summary>Each body here is one to three operations long, and every order of their steps is run (see <see cref="Interleavings"/>).</summary>
public sealed class PermitGateInterleavingTests
{
    private const int All = int.MaxValue;

    [Fact]
    public void Permits_are_conserved_when_a_waiter_is_cancelled_as_it_is_granted_while_another_times_out() => Explore(preemptions: 3, limit: 1, gate =>
    {
        var held = gate.Take();
        var cancelled = gate.Wait();
        gate.Wait();

        return
        [
            () => gate.Exit(held),
            () => gate.Gate.Cancel(cancelled),
            () => gate.ExpireAll(),
        ];
    });

    [Fact]
    public void Permits_are_conserved_when_two_come_and_one_leaves_in_any_order_at_all() => Explore(All, limit: 1, gate =>
    {
        var held = gate.Take();
        return [() => gate.Come(), () => gate.Exit(held)];
    });

    [Fact]
    public void Permits_are_conserved_when_three_come_and_go() => Explore(preemptions: 2, limit: 1, gate =>
        [() => gate.ComeAndGo(), () => gate.ComeAndGo(), () => gate.ComeAndGo()]);

    [Fact]
    public void A_newcomer_never_takes_the_permit_of_one_who_waits() => Explore(preemptions: 3, limit: 1, gate =>
    {
        var held = gate.Take();
        var first = gate.Wait();
        return
        [
            () => gate.Exit(held),
            () => Assert.False(gate.Gate.TryEnter(out _)),
            () =>
            {
                gate.Come();
                Assert.True(gate.IsDecided(first) || gate.Gate.Queued == 2); // the newcomer stands behind, whenever he came
            },
        ];
    });

    [Fact]
    public void Resizing_admits_exactly_as_many_as_fit_while_others_come_and_go() => Explore(preemptions: 2, limit: 1, gate =>
    {
        var held = gate.Take();
        gate.Wait();
        gate.Wait();
        return [() => gate.Exit(held), () => gate.Gate.Resize(2), () => gate.Come()];
    });

    [Fact]
    public void Resizing_down_while_full_converges() => Explore(preemptions: 2, limit: 2, gate =>
    {
        var (first, second) = (gate.Take(), gate.Take());
        gate.Wait();
        return [() => gate.Exit(first), () => gate.Exit(second), () => gate.Gate.Resize(1)];
    });

    [Fact]
    public void A_permit_released_twice_at_the_same_moment_is_released_once() => Explore(preemptions: 3, limit: 1, gate =>
    {
        var held = gate.Take();
        var releases = 0;
        gate.AtEnd = () => Assert.Equal(1, releases);
        return
        [
            () => releases = gate.Exit(held) ? releases + 1 : releases,
            () => releases = gate.Exit(held) ? releases + 1 : releases,
            () => gate.ComeAndGo(),
        ];
    });

    [Fact]
    public void Closing_refuses_who_waits_and_loses_no_permit() => Explore(preemptions: 2, limit: 1, gate =>
    {
        var held = gate.Take();
        gate.Wait();
        return [() => gate.Exit(held), () => gate.Gate.Close(), () => gate.Come()];
    });

    private static void Explore(int preemptions, int limit, Func<Watched, Action[]> scenario)
    {
        var orders = Interleavings.Explore(preemptions, () =>
        {
            var gate = new Watched(limit);
            return (scenario(gate), gate.CheckStep, gate.CheckEnd);
        });

        TestContext.Current.TestOutputHelper?.WriteLine($"{orders} orders");
        Assert.InRange(orders, 10, 50_000);
    }

    private sealed class Watched
    {
        private readonly FakeTimeProvider _time = new();
        private readonly List<(PermitWaiter Waiter, ValueTask<Entry> Task)> _waiting = [];
        private readonly List<Ticket> _held = [];
        private int _highestLimit;

        public Watched(int limit)
        {
            _highestLimit = limit;
            Gate = new PermitGate<Explored>(
                new GateSettings(limit, QueueCapacity: 4, BulkheadQueueOrder.Fifo, MaxQueueTime: 100, ServiceTime: 0), new MonotonicClock(_time));
        }

        public PermitGate<Explored> Gate { get; }

        public Action AtEnd { get; set; } = static () => { };

        public Ticket Take()
        {
            Assert.True(Gate.TryEnter(out var ticket));
            _held.Add(ticket);
            return ticket;
        }

        public PermitWaiter Wait()
        {
            Gate.Enter(Bulkhead.NormalPriority, long.MaxValue, out var waiter);
            _waiting.Add((waiter!, waiter!.Task));
            return waiter;
        }

        public void Come()
        {
            var entry = Gate.Enter(Bulkhead.NormalPriority, long.MaxValue, out var waiter);
            if (waiter is not null)
            {
                _waiting.Add((waiter, waiter.Task));
            }
            else if (entry.Kind == EntryKind.Granted)
            {
                _held.Add(entry.Ticket);
            }
        }

        public void ComeAndGo()
        {
            if (Gate.TryEnter(out var ticket))
            {
                Assert.True(Gate.Exit(ticket));
            }
            else
            {
                Come();
            }
        }

        public bool Exit(Ticket ticket) => Gate.Exit(ticket);

        public bool IsDecided(PermitWaiter waiter) => _waiting.Exists(other => other.Waiter == waiter && other.Task.IsCompleted);

        public void ExpireAll()
        {
            _time.Advance(TimeSpan.FromMilliseconds(100));
            Gate.Expire();
        }

        // In the middle of whatever is going on.
        public void CheckStep()
        {
            var word = Gate.Word;
            _highestLimit = Math.Max(_highestLimit, GateWord.Limit(word));
            Assert.InRange(GateWord.InUse(word), 0, _highestLimit);
        }

#pragma warning disable VSTHRD002 // What is read is there already.
        // Nobody runs any more: whoever still has a permit leaves, and then everybody must have been told and everything be back.
        public void CheckEnd()
        {
            CheckStep();
            foreach (var ticket in _held)
            {
                Gate.Exit(ticket);
            }

            while (_waiting.FindIndex(static other => other.Task.IsCompleted) is var told and >= 0)
            {
                var entry = _waiting[told].Task.GetAwaiter().GetResult();
                _waiting.RemoveAt(told);
                Assert.True(entry.Kind != EntryKind.Granted || Gate.Exit(entry.Ticket));
            }

            Assert.Empty(_waiting); // else somebody waits for ever
            AtEnd();

            var (given, back) = Gate.Counts;
            Assert.Equal(given, back);
            Assert.Equal(0, GateWord.InUse(Gate.Word));
            Assert.Equal(0, Gate.Queued);
            Assert.False(GateWord.IsWaiting(Gate.Word));
        }
    }
}
