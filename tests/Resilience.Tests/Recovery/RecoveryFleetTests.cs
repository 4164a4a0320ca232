using Microsoft.Extensions.Time.Testing;
using Resilience.Recovery;
using Xunit;

namespace Resilience.Tests.Recovery;

public sealed class RecoveryFleetTests
{
    private readonly FakeTimeProvider _clock = new();

    [Theory]
    [InlineData(12, 0.25, 3)]
    [InlineData(12, 1.0, 12)]
    [InlineData(2, 0.25, 1)]
    [InlineData(7, 0.3, 2)]
    public void Never_more_than_its_share_of_the_fleet_acts_at_once_and_in_the_end_all_have(int instances, double share, int most)
    {
        var fleet = new FakeFleet(instances, _clock);
        var (acting, peak) = (0, 0);
        Patient[] patients = [.. Enumerable.Range(0, instances).Select(_ => new Patient { Trouble = "stale" })];
        foreach (var patient in patients)
        {
            patient.OnAct = async token =>
            {
                peak = Math.Max(peak, ++acting);
                await Task.Delay(TimeSpan.FromSeconds(10), _clock, token);
                patient.Trouble = null;
                acting--;
            };
        }

        Ward[] wards = [.. patients.Select(patient => new Ward(options => (options.Lease, options.FleetShare) = (fleet, share), _clock, patients: patient))];
        for (var second = 0; second < 300; second++)
        {
            _clock.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Equal(most, peak);
        Assert.All(patients, static patient => Assert.Equal(1, patient.Acts));
        Assert.Equal(0, fleet.Held);
        Array.ForEach(wards, static ward => ward.Dispose());
    }

    [Fact]
    public void Without_a_lease_nothing_is_done_and_nothing_is_spent()
    {
        var patient = new Patient { Trouble = "stale" };
        using var ward = new Ward(options => options.Lease = new FakeFleet(0, _clock), _clock, patients: patient);

        ward.Look(20);

        Assert.Equal((0, 3), (patient.Acts, ward.Recovery.Snapshot().ActionsAvailable));
        Assert.Equal(RecoverySuppression.Lease, Assert.Single(ward.Trail).Suppression);
    }

    [Fact]
    public void A_lease_that_throws_or_hangs_is_no_lease()
    {
        var (first, second) = (new Patient { Trouble = "stale" }, new Patient { Trouble = "stale" });
        using var throwing = new Ward(options => options.Lease = new ScriptedLease(static () => throw new IOException("no store")), _clock, patients: first);
        using var hanging = new Ward(options => options.Lease = new ScriptedLease(static () => new TaskCompletionSource<IAsyncDisposable?>().Task), _clock, patients: second);

        throwing.Look(20);

        Assert.Equal((0, 0), (first.Acts, second.Acts));
        Assert.Equal(RecoverySuppression.Lease, Assert.Single(hanging.Trail).Suppression);
    }

    [Fact]
    public void A_lease_that_comes_too_late_is_given_back()
    {
        var fleet = new FakeFleet(1, _clock);
        var late = new TaskCompletionSource<IAsyncDisposable?>();
        var patient = new Patient { Trouble = "stale" };
        using var ward = new Ward(options => options.Lease = new ScriptedLease(() => late.Task), _clock, patients: patient);
        ward.Look(2);

        late.SetResult(fleet.TryTake(TimeSpan.FromHours(1), share: 1));

        Assert.Equal((0, 0), (fleet.Held, patient.Acts));
    }

    [Fact]
    public void What_was_abandoned_keeps_its_lease_until_it_has_ended()
    {
        var fleet = new FakeFleet(1, _clock);
        var hanging = new TaskCompletionSource();
        using var ward = new Ward(options => options.Lease = fleet, _clock, patients: new Patient { Trouble = "stale", OnAct = _ => new(hanging.Task) });
        ward.Look(8);
        Assert.Equal((1, RecoveryResult.Abandoned), (fleet.Held, ward.Results.First()));

        hanging.SetResult();

        Assert.Equal(0, fleet.Held);
    }

    [Fact]
    public void A_lease_is_asked_for_with_more_time_than_an_action_may_take()
    {
        var lease = new ScriptedLease(static () => Task.FromResult<IAsyncDisposable?>(null));
        using var ward = new Ward(options => (options.Lease, options.VerifyTimeout) = (lease, TimeSpan.FromSeconds(40)), _clock, patients: new Patient { Trouble = "stale" });

        ward.Look();

        Assert.Equal(new("shop", "restart orders", 0.25, TimeSpan.FromSeconds(30 + 40 + 2)), lease.Asked);
    }

    /// <summary>What a store would keep for all instances.</summary>
    private sealed class FakeFleet(int instances, TimeProvider clock) : IRecoveryLease
    {
        private readonly Dictionary<object, DateTimeOffset> _held = [];

        public int Held => _held.Count;

        public ValueTask<IAsyncDisposable?> TryAcquireAsync(RecoveryLeaseRequest request, CancellationToken cancellationToken) => new(TryTake(request.TimeToLive, request.Share));

        public IAsyncDisposable? TryTake(TimeSpan timeToLive, double share)
        {
            foreach (var (lease, _) in _held.Where(lease => lease.Value <= clock.GetUtcNow()).ToList())
            {
                _held.Remove(lease);
            }

            if (instances == 0 || _held.Count >= Math.Max(1, (int)(instances * share)))
            {
                return null;
            }

            var taken = new Taken(_held);
            _held.Add(taken, clock.GetUtcNow() + timeToLive);
            return taken;
        }

        private sealed class Taken(Dictionary<object, DateTimeOffset> held) : IAsyncDisposable
        {
            public ValueTask DisposeAsync()
            {
                held.Remove(this);
                return default;
            }
        }
    }

    private sealed class ScriptedLease(Func<Task<IAsyncDisposable?>> answer) : IRecoveryLease
    {
        public RecoveryLeaseRequest? Asked { get; private set; }

        public ValueTask<IAsyncDisposable?> TryAcquireAsync(RecoveryLeaseRequest request, CancellationToken cancellationToken)
        {
            Asked = request;
            return new(answer());
        }
    }
}
