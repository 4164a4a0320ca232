using Resilience.Recovery;
using Resilience.Tests.Telemetry;
using Xunit;

namespace Resilience.Tests.Recovery;

/// <summary>Procedures that hang, throw, and come too late.</summary>
public sealed class RecoveryFaultTests
{
    private readonly Patient _patient = new() { Trouble = "crashed" };

    [Fact]
    public void An_action_that_hangs_is_abandoned_and_no_other_begins_until_it_ends()
    {
        var hanging = new TaskCompletionSource();
        var other = new Patient("other") { Trouble = "broken" }.Curable();
        _patient.OnAct = _ => new(hanging.Task);
        using var ward = new Ward(patients: [_patient, other]);

        ward.Pass(TimeSpan.FromMinutes(10));
        Assert.Equal((1, 0, "restart orders"), (_patient.Acts, other.Acts, ward.Recovery.Snapshot().Acting));
        Assert.Equal(RecoveryResult.Abandoned, ward.Results.First());
        Assert.All(ward.Trail.Skip(1), static record => Assert.Equal(RecoverySuppression.Busy, record.Suppression));
        hanging.SetResult();
        ward.Look(3);

        Assert.Equal((2, 1), (_patient.Acts, other.Acts));
    }

    [Fact]
    public void An_actions_token_is_cancelled_when_its_time_is_over()
    {
        var token = CancellationToken.None;
        _patient.OnAct = async given =>
        {
            token = given;
            await Task.Delay(Timeout.InfiniteTimeSpan, given);
        };
        using var ward = new Ward(patients: _patient);
        ward.Look();
        Assert.False(token.IsCancellationRequested);

        ward.Clock.Advance(TimeSpan.FromSeconds(30));

        Assert.True(token.IsCancellationRequested);
        Assert.Equal([RecoveryResult.Abandoned], ward.Results);
    }

    [Fact]
    public void An_action_that_throws_counts_as_one_that_didn_t_help_and_the_loop_goes_on()
    {
        var other = new Patient("other");
        _patient.OnAct = static _ => throw new InvalidOperationException("no such host");
        using var seen = new SeenMeasurements(static name => name == "resilience.callback.errors");
        using var ward = new Ward(static options => options.GiveUpAfter = 2, patients: [_patient, other.Curable()]);

        ward.Pass(TimeSpan.FromMinutes(3));
        Assert.Equal((2, 0), (_patient.Acts, _patient.Verifications));
        Assert.StartsWith("InvalidOperationException: no such host", ward.Trail.First().Detail, StringComparison.Ordinal);
        other.Trouble = "broken";
        ward.Look();

        Assert.Equal(1, other.Acts);
    }

    [Fact]
    public void A_look_that_throws_or_hangs_finds_nothing_and_stops_nobody()
    {
        var hanging = new TaskCompletionSource<string?>();
        var hangs = new Patient("hangs") { OnDetect = _ => new(hanging.Task) };
        var throws = new Patient("throws") { OnDetect = static _ => throw new InvalidOperationException("blind") };
        using var ward = new Ward(patients: [hangs, throws, _patient.Curable()]);

        ward.Pass(TimeSpan.FromMinutes(1));

        Assert.Equal((1, 0), (hangs.Looks, hangs.Acts)); // not asked again before it has ended
        Assert.Equal((true, 0), (throws.Looks > 5, throws.Acts));
        Assert.Equal(1, _patient.Acts);
        hanging.SetResult(null);
        ward.Look(2);
        Assert.True(hangs.Looks > 1);
    }

    [Fact]
    public void A_verification_that_throws_or_hangs_has_not_verified()
    {
        _patient.OnVerify = static _ => throw new InvalidOperationException("blind");
        var hangs = new Patient("hangs") { Trouble = "broken", OnVerify = static _ => new(new TaskCompletionSource<bool>().Task) };
        using var ward = new Ward(static options => (options.VerifyTimeout, options.GiveUpAfter) = (TimeSpan.FromSeconds(3), 1), patients: [_patient, hangs]);

        for (var second = 0; second < 60; second++)
        {
            ward.Clock.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Equal((1, 1), (_patient.Acts, hangs.Acts));
        Assert.Equal([RecoveryResult.Unverified, RecoveryResult.Unverified], ward.Results.Where(static result => result != RecoveryResult.Suppressed));
    }

    [Fact]
    public void Started_twice_it_acts_on_one_thing_at_a_time_all_the_same()
    {
        var other = new Patient("other") { Trouble = "broken" };
        using var ward = new Ward(static options => options.VerifyTimeout = TimeSpan.FromMinutes(5), patients: [_patient, other]);
        ward.Look();

        ward.Recovery.Start();
        ward.Look(4);

        Assert.Equal((1, 0), (_patient.Acts, other.Acts));
    }

    [Fact]
    public void What_the_listener_throws_changes_nothing()
    {
        var told = 0;
        using var ward = new Ward(static options => options.GiveUpAfter = 2, patients: _patient);
        ward.Recovery.OnRecord = _ =>
        {
            told++;
            throw new InvalidOperationException("an observer's fault");
        };

        ward.Pass(TimeSpan.FromMinutes(5));

        Assert.Equal(2, _patient.Acts);
        Assert.Equal(ward.Trail.Count(), told);
    }

    [Fact]
    public void An_end_cancels_the_action_under_way()
    {
        var token = CancellationToken.None;
        _patient.OnAct = async given =>
        {
            token = given;
            await Task.Delay(Timeout.InfiniteTimeSpan, given);
        };
        using var ward = new Ward(patients: _patient);
        ward.Look();

        ward.Recovery.Dispose();

        Assert.True(token.IsCancellationRequested);
    }
}
