using Xunit;

namespace Resilience.Tests.Recovery.Outages;

/// <summary>The same outages with and without the recovery: it helps where it can, and does no harm where it can't.</summary>
public sealed class OutageTests(ITestOutputHelper output)
{
    private static readonly TimeSpan _horizon = TimeSpan.FromMinutes(30);
    private static readonly TimeSpan _operator = TimeSpan.FromMinutes(20);

    [Fact]
    public void A_crashed_process_is_back_within_half_a_minute_instead_of_when_somebody_comes()
    {
        var (with, without) = Compare(static recovers => new Crash(recovers));

        Assert.InRange(with.TimeToRecover!.Value, TimeSpan.FromSeconds(15), TimeSpan.FromSeconds(30));
        Assert.Equal((_operator, 1), (Rounded(without), with.Actions));
    }

    [Fact]
    public void A_breaker_does_not_sit_out_two_minutes_after_what_it_guards_is_back()
    {
        var (with, without) = Compare(static recovers => new LongBreak(recovers));
        var away = TimeSpan.FromMinutes(5);

        Assert.InRange(with.TimeToRecover!.Value - away, TimeSpan.Zero, TimeSpan.FromSeconds(30));
        Assert.True((without.TimeToRecover!.Value - away) / (with.TimeToRecover.Value - away) > 2);
        Assert.Equal(1, with.Actions);
    }

    [Fact]
    public void A_brown_out_that_keeps_itself_up_ends_when_less_is_let_in_at_a_time()
    {
        var (with, without) = Compare(static recovers => new BrownOut(recovers));

        Assert.InRange(with.TimeToRecover!.Value, TimeSpan.FromSeconds(30), TimeSpan.FromMinutes(5));
        Assert.InRange(without.TimeToRecover!.Value, _operator, _operator + TimeSpan.FromMinutes(2));
        Assert.InRange(with.Actions, 1, 3);
    }

    [Fact]
    public void A_leak_is_emptied_before_anybody_notices()
    {
        var (with, without) = Compare(static recovers => new SlowLeak(recovers), TimeSpan.FromMinutes(45));

        Assert.Equal((TimeSpan.Zero, 1.0), (with.TimeToRecover, with.Goodput));
        Assert.InRange(without.TimeToRecover!.Value, _operator, TimeSpan.FromMinutes(40));
        Assert.InRange(with.Actions, 2, 5);
    }

    [Fact]
    public void A_retry_storm_is_beyond_a_restart_so_it_gives_up_and_makes_it_no_longer()
    {
        var (with, without) = Compare(static recovers => new RetryStorm(recovers));

        Assert.InRange(without.TimeToRecover!.Value, _operator, _operator + TimeSpan.FromMinutes(1));
        Assert.InRange((with.TimeToRecover!.Value - without.TimeToRecover.Value).Duration(), TimeSpan.Zero, TimeSpan.FromSeconds(5));
        Assert.Equal(3, with.Actions);
        Assert.InRange(with.Goodput / without.Goodput, 0.97, 1.01);
    }

    [Fact]
    public void What_no_action_mends_is_acted_on_a_few_times_a_day_and_no_more()
    {
        using var outage = new Crash(recovers: true, helps: false);

        var report = outage.Run(TimeSpan.FromHours(24));

        Assert.Null(report.TimeToRecover);
        Assert.InRange(report.Actions, 3, 3 + 5);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(-1)]
    public void A_wall_clock_that_jumps_makes_no_outage_longer(int hours)
    {
        using var plain = new Crash(recovers: true);
        using var jumping = new Crash(recovers: true, jump: TimeSpan.FromHours(hours));

        Assert.Equal(plain.Run(TimeSpan.FromMinutes(5)), jumping.Run(TimeSpan.FromMinutes(5)));
    }

    [Fact]
    public void The_same_seed_tells_the_same_story()
    {
        using var first = new BrownOut(recovers: true);
        using var second = new BrownOut(recovers: true);

        Assert.Equal(first.Run(TimeSpan.FromMinutes(4)), second.Run(TimeSpan.FromMinutes(4)));
    }

    private static TimeSpan Rounded(OutageReport report) => TimeSpan.FromMinutes(Math.Round(report.TimeToRecover!.Value.TotalMinutes));

    private (OutageReport With, OutageReport Without) Compare(Func<bool, Outage> create, TimeSpan? horizon = null)
    {
        using var recovering = create(true);
        using var plain = create(false);
        var (with, without) = (recovering.Run(horizon ?? _horizon), plain.Run(horizon ?? _horizon));
        output.WriteLine($"without {without}");
        output.WriteLine($"with    {with}");
        return (with, without);
    }
}
