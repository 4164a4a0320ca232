using Resilience.CircuitBreakers;
using Resilience.Outcomes;
using Resilience.Tests.Interleaving;
using Xunit;

namespace Resilience.Tests.CircuitBreakers;

/// <summary>Each body here is one or two operations long, and every order of their steps is run (see <see cref="Interleavings"/>).</summary>
/// <remarks>What a window counts is one step here: its own threads are those of <see cref="CallWindowTests"/>.</remarks>
public sealed class CircuitBreakerInterleavingTests
{
    [Fact]
    public void Late_results_of_an_old_state_never_move_the_newer_one() => Explore(preemptions: 3, OneFailureOpens, circuit =>
    {
        var (failing, succeeding) = (circuit.Enter(), circuit.Enter());
        circuit.Open();
        circuit.Tester.Pass(seconds: 5);
        circuit.AtEnd = now =>
        {
            Assert.Equal((BreakerState.Closed, 3L), (now.State, now.Epoch)); // opened, half-opened, closed: and not once more
            Assert.Equal((2L, 0L, 0L), (now.Late, now.Failures, now.Refused));
        };
        return
        [
            () => circuit.Call(CallResult.Success), // the probe
            () => circuit.Exit(failing, CallResult.Failure),
            () => circuit.Exit(succeeding, CallResult.Success),
        ];
    });

    [Fact]
    public void A_failure_opens_it_although_a_success_comes_before_it_is_judged_and_never_opens_the_state_after() => Explore(preemptions: 2, OneFailureOpens, circuit =>
    {
        var (one, other) = (circuit.Enter(), circuit.Enter());
        circuit.AtEnd = static now => Assert.True(
            (now.State, now.Epoch) is (BreakerState.Open, 1) or (BreakerState.Closed, 3), $"{now.State} in epoch {now.Epoch}");
        return
        [
            () => circuit.Exit(one, CallResult.Failure),
            () => circuit.Exit(other, CallResult.Failure),
            () =>
            {
                circuit.Tester.Pass(seconds: 5);
                circuit.Call(CallResult.Success);
            },
        ];
    });

    [Fact]
    public void A_trip_is_decided_by_the_last_who_records_whatever_the_order() => Explore(preemptions: 2, static _ => { }, circuit =>
    {
        var (one, other, third) = (circuit.Enter(), circuit.Enter(), circuit.Enter());
        circuit.AtEnd = static now => Assert.Equal((BreakerState.Open, 1L, TransitionReason.FailureRatio), (now.State, now.Epoch, now.Reason));
        return
        [
            () => circuit.Exit(one, CallResult.Failure),
            () => circuit.Exit(other, CallResult.Failure),
            () => circuit.Exit(third, CallResult.Success),
        ];
    });

    [Fact]
    public void Results_that_come_back_together_are_all_counted() => Explore(preemptions: 2, static options => options.MinimumThroughput = 100, circuit =>
    {
        var (one, other, third) = (circuit.Enter(), circuit.Enter(), circuit.Enter());
        circuit.AtEnd = static now => Assert.Equal((BreakerState.Closed, 3L, 2L, 0L), (now.State, now.Calls, now.Failures, now.Late));
        return
        [
            () => circuit.Exit(one, CallResult.Failure),
            () => circuit.Exit(other, CallResult.Failure),
            () => circuit.Exit(third, CallResult.Success),
        ];
    });

    [Fact]
    public void No_more_probes_are_under_way_than_there_are_leases() => Explore(
        preemptions: 2,
        static options => (options.ProbeCount, options.RequiredProbeSuccesses) = (2, 2),
        circuit =>
        {
            circuit.Open();
            circuit.Tester.Pass(seconds: 5);
            circuit.MostProbes = 2;
            circuit.AtEnd = now =>
            {
                Assert.InRange(circuit.Admitted, 2, 3);
                Assert.Equal((BreakerState.Closed, 3L, 0), (now.State, now.Epoch, now.ProbesUnderWay)); // two succeeded, whoever they were
                Assert.Equal(3 - circuit.Admitted, now.Refused);
            };
            return [() => circuit.Call(CallResult.Success), () => circuit.Call(CallResult.Success), () => circuit.Call(CallResult.Success)];
        });

    [Fact]
    public void A_probe_whose_lease_ran_out_gives_back_no_lease_but_its_own() => Explore(preemptions: 3, static options => options.RequiredProbeSuccesses = 1, circuit =>
    {
        circuit.Open();
        circuit.Tester.Pass(seconds: 5);
        var hung = circuit.Enter();
        circuit.Tester.Pass(seconds: 10);
        circuit.AtEnd = now =>
        {
            if (circuit.Admitted == 0)
            {
                circuit.Call(CallResult.Success); // both stood before the lease as it was given back: it is the next one's
            }

            Assert.Equal((BreakerState.Closed, 3L), (circuit.Tester.State, circuit.Tester.Breaker.Snapshot().Epoch)); // the hung one's failure has not opened it
            Assert.InRange(now.Late, 1, 2); // and whoever was let in as the other one succeeded
        };
        return
        [
            () => circuit.Call(CallResult.Success),
            () => circuit.Exit(hung, CallResult.Failure),
            () => circuit.Call(CallResult.Success),
        ];
    });

    [Fact]
    public void A_lease_is_given_back_exactly_once() => Explore(preemptions: int.MaxValue, static options => options.RequiredProbeSuccesses = 2, circuit =>
    {
        circuit.Open();
        circuit.Tester.Pass(seconds: 5);
        var probe = circuit.Enter();
        circuit.AtEnd = static now => Assert.Equal((BreakerState.HalfOpen, 1L, 0), (now.State, now.Late, now.ProbesUnderWay));
        return [() => circuit.Exit(probe, CallResult.Success), () => circuit.Exit(probe, CallResult.Success)];
    });

    [Fact]
    public void Probes_that_disagree_end_it_in_one_way_or_the_other_and_not_in_both() => Explore(
        preemptions: 3,
        static options => (options.ProbeCount, options.RequiredProbeSuccesses) = (2, 1),
        circuit =>
        {
            circuit.Open();
            circuit.Tester.Pass(seconds: 5);
            var (good, bad) = (circuit.Enter(), circuit.Enter());
            circuit.AtEnd = static now => Assert.True((now.State, now.Epoch) is (BreakerState.Closed or BreakerState.Open, 3), $"{now.State} in epoch {now.Epoch}");
            return [() => circuit.Exit(good, CallResult.Success), () => circuit.Exit(bad, CallResult.Failure)];
        });

    [Fact]
    public void By_hand_and_by_itself_end_in_what_the_last_hand_said() => Explore(preemptions: 3, OneFailureOpens, circuit =>
    {
        var failing = circuit.Enter();
        circuit.AtEnd = static now => Assert.True(now.State is BreakerState.Isolated or BreakerState.Closed && now.Epoch is >= 1 and <= 3, $"{now.State} in epoch {now.Epoch}");
        return
        [
            () => circuit.Tester.Breaker.MoveByHand<Explored>(BreakerState.Isolated, TransitionReason.IsolatedByHand),
            () => circuit.Tester.Breaker.MoveByHand<Explored>(BreakerState.Closed, TransitionReason.ClosedByHand),
            () => circuit.Exit(failing, CallResult.Failure),
        ];
    });

    [Fact]
    public void The_ages_of_calls_under_way_are_conserved_while_their_ring_turns()
    {
        const long Turn = 17 * 10; // of a ring of seventeen slots of 10 ms
        var orders = Interleavings.Explore(maxPreemptions: 3, static () =>
        {
            var ages = new InFlightAges(threshold: 160);
            ages.Enter<Explored>(0);
            Action[] bodies =
            [
                () => ages.Leave<Explored>(0),
                () => ages.Enter<Explored>(Turn), // into the slot that the first one stands in
                () =>
                {
                    ages.Enter<Explored>(Turn);
                    ages.Leave<Explored>(Turn);
                },
            ];
            return (bodies, static () => { }, CheckEnd);

            void CheckEnd()
            {
                Assert.Equal(0, ages.Old(Turn));
                Assert.Equal(1, ages.Old(10 * Turn));
                ages.Leave<Explored>(Turn);
                Assert.Equal(0, ages.Old(10 * Turn));
            }
        });

        Assert.InRange(orders, 10, 20_000);
    }

    private static void OneFailureOpens(CircuitBreakerOptions options) => (options.ConsecutiveFailures, options.MinimumThroughput) = (1, 1_000);

    private static void Explore(int preemptions, Action<CircuitBreakerOptions> configure, Func<Watched, Action[]> scenario)
    {
        var orders = Interleavings.Explore(preemptions, () =>
        {
            var circuit = new Watched(configure);
            var bodies = scenario(circuit);
            circuit.Begin();
            return (bodies, circuit.CheckStep, circuit.CheckEnd);
        });

        TestContext.Current.TestOutputHelper?.WriteLine($"{orders} orders");
        Assert.InRange(orders, 10, 20_000);
    }

    private sealed class Watched(Action<CircuitBreakerOptions> configure)
    {
        private int _probes;
        private long _epoch;

        public BreakerTester Tester { get; } = new(configure);

        public Action<CircuitBreakerSnapshot> AtEnd { get; set; } = static _ => { };

        public int MostProbes { get; set; } = 1;

        public int Admitted { get; private set; }

        public CallToken Enter() => Tester.Enter();

        public void Open()
        {
            while (Tester.State == BreakerState.Closed)
            {
                Tester.Call(CallResult.Failure);
            }
        }

        public void Begin() => _epoch = Tester.Breaker.Snapshot().Epoch;

        public void Exit(CallToken token, CallResult result) => Tester.Breaker.Exit<Explored>(token, result);

        public void Call(CallResult result)
        {
            if (Tester.Breaker.TryEnter<Explored>(out var token))
            {
                Admitted++;
                var probe = token.IsProbe ? 1 : 0;
                _probes += probe;
                CheckStep();
                Explored.Reach(); // the call itself
                _probes -= probe;
                Exit(token, result);
            }
        }

        // In the middle of whatever is going on.
        public void CheckStep()
        {
            var epoch = Tester.Breaker.Snapshot().Epoch;
            Assert.InRange(_probes, 0, MostProbes);
            Assert.InRange(epoch, _epoch, _epoch + 1); // no state begins twice, and none is skipped
            _epoch = epoch;
        }

        public void CheckEnd()
        {
            CheckStep();
            var now = Tester.Breaker.Snapshot();
            Assert.True(now.ProbesUnderWay == 0 || now.State == BreakerState.HalfOpen);
            AtEnd(now);
        }
    }
}
