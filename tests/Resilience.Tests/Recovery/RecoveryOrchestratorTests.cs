using System.ComponentModel.DataAnnotations;
using Resilience.Recovery;
using Xunit;

namespace Resilience.Tests.Recovery;

public sealed class RecoveryOrchestratorTests
{
    private readonly Patient _patient = new();

    [Fact]
    public void A_finding_must_persist_before_anything_is_done_about_it()
    {
        using var ward = new Ward(static options => options.Confirmations = 3, patients: _patient.Curable());
        _patient.Trouble = "crashed";
        ward.Look(2);
        _patient.Trouble = null;
        ward.Look();
        _patient.Trouble = "crashed";
        ward.Look(2);
        Assert.Equal(0, _patient.Acts);

        ward.Look();

        Assert.Equal(1, _patient.Acts);
        var record = Assert.Single(ward.Trail);
        Assert.Equal(("restart orders", "crashed", RecoveryResult.Verified, RecoverySuppression.None), (record.Procedure, record.Finding, record.Result, record.Suppression));
    }

    [Fact]
    public void Nothing_is_looked_at_before_the_start_nor_when_off()
    {
        using var ward = new Ward(static options => options.Mode = RecoveryMode.Off, patients: _patient);
        using var unstarted = new RecoveryOrchestrator("unstarted", new(), ward.Clock);
        unstarted.Add(_patient);

        ward.Look(10);

        Assert.Equal(0, _patient.Looks);
    }

    [Fact]
    public void Verification_is_asked_for_until_its_time_is_over()
    {
        _patient.Trouble = "crashed";
        using var ward = new Ward(static options => options.VerifyTimeout = TimeSpan.FromSeconds(10), patients: _patient);
        ward.Look();
        Assert.Equal((1, 1, "restart orders"), (_patient.Acts, _patient.Verifications, ward.Recovery.Snapshot().Acting));

        for (var second = 0; second < 9; second++)
        {
            ward.Clock.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Empty(ward.Trail);
        ward.Clock.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal(11, _patient.Verifications);
        Assert.Equal([RecoveryResult.Unverified], ward.Results);
        Assert.Equal((TimeSpan.FromSeconds(10), null), (ward.Trail.First().Duration, ward.Recovery.Snapshot().Acting));
    }

    [Fact]
    public void What_helps_late_has_helped()
    {
        _patient.Trouble = "crashed";
        using var ward = new Ward(static options => options.VerifyTimeout = TimeSpan.FromSeconds(10), patients: _patient);
        ward.Look();
        ward.Clock.Advance(TimeSpan.FromSeconds(1));
        _patient.Trouble = null;

        ward.Clock.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal([RecoveryResult.Verified], ward.Results);
    }

    [Fact]
    public void The_rest_between_actions_that_don_t_help_doubles()
    {
        _patient.Trouble = "crashed";
        using var ward = new Ward(static options => (options.GiveUpAfter, options.Burst) = (100, 100), patients: _patient);
        var began = ward.Clock.GetUtcNow();

        ward.Pass(TimeSpan.FromMinutes(8));

        double[] expected = [5, 35, 95, 215, 455]; // 30, 60, 120, 240 s after the one before
        Assert.Equal(expected, ward.Trail.Where(static record => record.Result == RecoveryResult.Unverified).Select(record => (record.At - began).TotalSeconds));
    }

    [Fact]
    public void After_sustained_calm_the_rest_is_short_again()
    {
        using var ward = new Ward(static options => options.Burst = 100, patients: _patient.Curable());
        for (var relapse = 0; relapse < 3; relapse++)
        {
            _patient.Trouble = "crashed";
            ward.Pass(TimeSpan.FromMinutes(4));
        }

        Assert.Equal(3, _patient.Acts);
        Assert.Equal(TimeSpan.Zero, RestLeft(ward));
        ward.Pass(TimeSpan.FromMinutes(10));
        _patient.Trouble = "crashed";
        ward.Look();

        Assert.Equal((4, TimeSpan.FromSeconds(30)), (_patient.Acts, RestLeft(ward)));
    }

    [Fact]
    public void All_procedures_together_act_within_one_budget()
    {
        Patient[] patients = [.. Enumerable.Range(0, 5).Select(static number => new Patient($"procedure {number}") { Trouble = "broken" })];
        using var ward = new Ward(static options => (options.Burst, options.ActionsPerHour, options.GiveUpAfter, options.MaxCoolDown) = (2, 4, 100, TimeSpan.FromSeconds(30)), patients: patients);

        ward.Pass(TimeSpan.FromMinutes(5));
        Assert.Equal(2, patients.Sum(static patient => patient.Acts));
        ward.Pass(TimeSpan.FromHours(10));

        Assert.InRange(patients.Sum(static patient => patient.Acts), 40, 42);
        Assert.Contains(ward.Trail, static record => record is { Result: RecoveryResult.Suppressed, Suppression: RecoverySuppression.Budget });
    }

    [Fact]
    public void It_gives_up_after_so_many_in_a_row_and_tries_once_more_much_later()
    {
        _patient.Trouble = "the disk is full";
        using var ward = new Ward(static options => (options.Burst, options.GiveUpAfter) = (100, 3), patients: _patient);

        ward.Pass(TimeSpan.FromHours(4));
        Assert.Equal(3, _patient.Acts);
        Assert.True(Assert.Single(ward.Recovery.Snapshot().Procedures).HasGivenUp);
        Assert.Equal("Given up after 3 in a row: an operator may rearm it, or it tries once more in 04:00:00.", ward.Trail.Last(static record => record.Result == RecoveryResult.Unverified).Detail);
        ward.Pass(TimeSpan.FromHours(20));

        Assert.Equal(3 + 5, _patient.Acts);
    }

    [Fact]
    public void An_operator_arms_it_anew()
    {
        _patient.Trouble = "the disk is full";
        using var ward = new Ward(static options => options.GiveUpAfter = 1, patients: _patient);
        ward.Look(20);
        Assert.Equal(1, _patient.Acts);

        _patient.Curable();
        ward.Recovery.Rearm("restart orders");
        ward.Look();

        Assert.Equal(2, _patient.Acts);
        Assert.Equal([RecoveryResult.Unverified, RecoveryResult.Suppressed, RecoveryResult.Rearmed, RecoveryResult.Verified], ward.Results);
        var unknown = Assert.Throws<ArgumentException>(() => ward.Recovery.Rearm("restart all"));
        Assert.StartsWith("The recovery 'shop' has no procedure 'restart all', only restart orders.", unknown.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_dry_run_does_nothing_and_writes_what_it_would_do_as_often_as_it_would()
    {
        _patient.Trouble = "crashed";
        using var ward = new Ward(static options => options.Mode = RecoveryMode.DryRun, patients: _patient);

        ward.Pass(TimeSpan.FromHours(1));

        Assert.Equal(0, _patient.Acts);
        Assert.Equal(0, _patient.Verifications);
        Assert.Equal(3, ward.Results.Count(static result => result == RecoveryResult.DryRun));
        Assert.Equal(RecoverySuppression.GivenUp, ward.Trail.Last().Suppression);
        Assert.InRange(ward.Recovery.Snapshot().ActionsAvailable, 0, 3);
    }

    [Fact]
    public void It_acts_on_one_thing_and_looks_again_before_it_acts_on_the_next()
    {
        var cause = new Patient("restart store") { Trouble = "crashed" };
        var symptom = new Patient("restart front") { OnDetect = _ => new(cause.Trouble is null ? null : "it can't reach the store") };
        using var ward = new Ward(patients: [cause.Curable(), symptom]);

        ward.Look(10);

        Assert.Equal((1, 0), (cause.Acts, symptom.Acts));
    }

    [Fact]
    public void While_one_action_is_verified_no_other_begins()
    {
        var other = new Patient("other") { Trouble = "broken" };
        _patient.Trouble = "crashed";
        using var ward = new Ward(static options => options.VerifyTimeout = TimeSpan.FromMinutes(5), patients: [_patient, other]);

        ward.Pass(TimeSpan.FromMinutes(5));
        Assert.Equal((1, 0), (_patient.Acts, other.Acts));
        ward.Look(2);

        Assert.Equal((1, 1), (_patient.Acts, other.Acts));
    }

    [Fact]
    public void The_trail_keeps_the_last_lines()
    {
        using var ward = new Ward(static options => (options.KeptRecords, options.Burst, options.MaxCoolDown, options.GiveUpAfter) = (4, 100, TimeSpan.FromSeconds(30), 100), patients: _patient.Curable());
        for (var relapse = 0; relapse < 10; relapse++)
        {
            _patient.Trouble = $"crash {relapse}";
            ward.Pass(TimeSpan.FromMinutes(1));
        }

        Assert.Equal(["crash 6", "crash 7", "crash 8", "crash 9"], ward.Trail.Select(static record => record.Finding));
    }

    [Fact]
    public void A_reason_to_hold_back_is_written_once_for_as_long_as_it_lasts()
    {
        _patient.Trouble = "crashed";
        using var ward = new Ward(static options => options.GiveUpAfter = 1, patients: _patient);

        ward.Look(100);

        Assert.Equal([RecoverySuppression.None, RecoverySuppression.GivenUp], ward.Trail.Select(static record => record.Suppression));
    }

    [Fact]
    public void A_wall_clock_that_jumps_changes_nothing_and_an_hour_in_which_nobody_looked_confirms_nothing()
    {
        using var ward = new Ward(static options => options.Confirmations = 2, patients: _patient.Curable());
        _patient.Trouble = "crashed";
        ward.Look();
        ward.Time.Off = TimeSpan.FromHours(-2);
        _patient.Trouble = null;
        ward.Clock.Advance(TimeSpan.FromHours(1)); // a machine that slept
        _patient.Trouble = "crashed";
        ward.Look();
        Assert.Equal(0, _patient.Acts);

        ward.Look();
        Assert.Equal(1, _patient.Acts);
    }

    [Fact]
    public void Two_procedures_of_one_name_are_refused()
    {
        using var ward = new Ward(patients: _patient);

        var refusal = Assert.Throws<ArgumentException>(() => ward.Recovery.Add(new Patient()));

        Assert.StartsWith("The recovery 'shop' has a procedure 'restart orders' already. Give one of them another name.", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Nothing_is_done_after_the_end()
    {
        var ward = new Ward(patients: _patient);
        _patient.Trouble = "crashed";
        ward.Recovery.Dispose();
        ward.Recovery.Dispose();

        ward.Look(10);

        Assert.Equal((0, 0), (_patient.Looks, _patient.Acts));
    }

    [Fact]
    public void Options_out_of_their_range_are_refused_by_name()
    {
        var refusal = Assert.Throws<ValidationException>(static () => new RecoveryOrchestrator("shop", new() { Burst = 0 }));
        Assert.Equal("The recovery 'shop' can't be built: Burst is 0, but must be from 1 to 100.", refusal.Message);

        var pair = Assert.Throws<ValidationException>(static () => new RecoveryOrchestrator("shop", new() { MaxCoolDown = TimeSpan.FromSeconds(10) }));
        Assert.Equal("The recovery 'shop' can't be built: MaxCoolDown is 00:00:10, but must not be below CoolDown, which is 00:00:30.", pair.Message);

        var mode = Assert.Throws<ValidationException>(static () => new RecoveryOrchestrator("shop", new() { Mode = (RecoveryMode)7 }));
        Assert.Equal("The recovery 'shop' can't be built: Mode is 7, but must be one of Off, DryRun, Act.", mode.Message);
    }

    private static TimeSpan RestLeft(Ward ward) => ward.Recovery.Snapshot().Procedures[0].RestLeft;
}
