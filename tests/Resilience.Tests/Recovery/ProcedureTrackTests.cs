using CsCheck;
using Resilience.Recovery;
using Xunit;

namespace Resilience.Tests.Recovery;

public sealed class ProcedureTrackTests
{
    private const long Minute = 60_000;
    private readonly RecoveryOptions _options = new()
    {
        Confirmations = 2,
        CoolDown = TimeSpan.FromSeconds(30),
        MaxCoolDown = TimeSpan.FromMinutes(5),
        CalmAfter = TimeSpan.FromMinutes(10),
        GiveUpAfter = 3,
        RearmAfter = TimeSpan.FromHours(4),
    };

    [Theory]
    [InlineData(0, 30)]
    [InlineData(1, 60)]
    [InlineData(3, 240)]
    [InlineData(4, 300)]
    [InlineData(int.MaxValue, 300)]
    public void The_rest_doubles_up_to_its_limit(int level, double seconds) =>
        Assert.Equal(TimeSpan.FromSeconds(seconds), ProcedureTrack.Rest(_options, level));

    [Fact]
    public void The_rest_never_shrinks_and_never_exceeds_its_limit() => Gen.Select(Gen.Int[0, 100], Gen.Int[1, 86_400], Gen.Int[1, 604_800]).Sample((level, cool, most) =>
    {
        var options = new RecoveryOptions { CoolDown = TimeSpan.FromSeconds(Math.Min(cool, most)), MaxCoolDown = TimeSpan.FromSeconds(most) };
        return ProcedureTrack.Rest(options, level) <= ProcedureTrack.Rest(options, level + 1) && ProcedureTrack.Rest(options, level + 1) <= options.MaxCoolDown;
    });

    [Fact]
    public void A_finding_is_confirmed_when_as_many_looks_in_a_row_have_it()
    {
        var track = new ProcedureTrack(_options, 0);

        track.Saw("gone", 0);
        track.Saw(null, 1);
        track.Saw("gone", 2);
        Assert.False(track.IsConfirmed);
        track.Saw("gone", 3);

        Assert.True(track.IsConfirmed);
        Assert.Equal(2, track.FoundAt);
    }

    [Fact]
    public void A_look_that_finds_out_nothing_is_neither_calm_nor_a_confirmation()
    {
        var track = new ProcedureTrack(_options, 0);
        track.Saw("gone", 0);
        track.SawNothing();
        Assert.Equal((1, "gone"), (track.Sightings, track.Finding));

        track.Acted(helped: true, now: 0, draw: 0);
        track.Saw(null, 1);
        track.SawNothing();
        track.Saw(null, 9 * Minute);
        track.Saw(null, (10 * Minute) + 1);

        Assert.Equal(1, track.Level); // the calm began after the gap
    }

    [Fact]
    public void Jitter_lengthens_a_rest_and_never_shortens_it()
    {
        var track = new ProcedureTrack(_options, 0);

        track.Acted(helped: false, now: 0, draw: 0.999);

        Assert.InRange(track.RestLeft(0), TimeSpan.FromSeconds(35.9), TimeSpan.FromSeconds(36));
    }

    [Fact]
    public void It_rests_longer_each_time_although_it_helps_each_time()
    {
        var track = new ProcedureTrack(_options, 0);
        foreach (var seconds in (double[])[30, 60, 120, 240, 300, 300])
        {
            track.Acted(helped: true, now: 0, draw: 0);
            Assert.Equal(TimeSpan.FromSeconds(seconds), track.RestLeft(0));
        }
    }

    [Fact]
    public void Only_calm_that_lasts_lets_it_forget()
    {
        var track = new ProcedureTrack(_options, 0);
        track.Acted(helped: true, now: 0, draw: 0);
        track.Acted(helped: true, now: 0, draw: 0);

        track.Saw(null, (10 * Minute) - 1);
        Assert.Equal(2, track.Level);
        track.Saw("again", (10 * Minute) - 1);
        track.Saw(null, 10 * Minute);
        Assert.Equal(2, track.Level);

        track.Saw(null, 20 * Minute);
        Assert.Equal(0, track.Level);
    }

    [Fact]
    public void Given_up_it_gets_one_trial_when_its_time_has_come_and_gives_up_again()
    {
        var track = new ProcedureTrack(_options, 0);
        for (var act = 0; act < 3; act++)
        {
            Assert.False(track.HasGivenUp);
            track.Acted(helped: false, now: 0, draw: 0);
        }

        var later = 240 * Minute;
        Assert.Equal((true, RecoverySuppression.GivenUp), (track.HasGivenUp, track.HeldBack(later - 1)));
        Assert.Equal(RecoverySuppression.None, track.HeldBack(later));

        track.Acted(helped: false, now: later, draw: 0);

        Assert.Equal((RecoverySuppression.GivenUp, TimeSpan.FromHours(4)), (track.HeldBack(later), track.RestLeft(later)));
    }

    [Fact]
    public void Calm_doesn_t_arm_what_has_given_up_before_its_time()
    {
        var track = new ProcedureTrack(_options, 0);
        for (var act = 0; act < 3; act++)
        {
            track.Acted(helped: false, now: 0, draw: 0);
        }

        track.Saw(null, Minute);
        track.Saw(null, 60 * Minute);
        Assert.True(track.HasGivenUp);

        track.Saw(null, 240 * Minute);
        Assert.False(track.HasGivenUp);
    }

    [Fact]
    public void An_action_that_helps_ends_the_row_of_those_that_didn_t()
    {
        var track = new ProcedureTrack(_options, 0);
        track.Acted(helped: false, now: 0, draw: 0);
        track.Acted(helped: false, now: 0, draw: 0);
        track.Acted(helped: true, now: 0, draw: 0);
        track.Acted(helped: false, now: 0, draw: 0);

        Assert.Equal((1, false), (track.Unverified, track.HasGivenUp));
    }
}
