using CsCheck;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Resilience.Health;
using Xunit;

namespace Resilience.Tests.Health;

public sealed class HealthTrackTests
{
    private const HealthStatus Healthy = HealthStatus.Healthy;
    private const HealthStatus Degraded = HealthStatus.Degraded;
    private const HealthStatus Unhealthy = HealthStatus.Unhealthy;

    [Fact]
    public void It_takes_three_worse_results_in_a_row_to_fall_and_two_better_ones_to_rise()
    {
        var track = new HealthTrack(rise: 2, fall: 3);

        Assert.Equal(
            [Healthy, Healthy, Healthy, Healthy, Healthy, Healthy, Unhealthy, Unhealthy, Unhealthy, Unhealthy, Healthy],
            Says(track, Healthy, Unhealthy, Unhealthy, Healthy, Unhealthy, Unhealthy, Unhealthy, Healthy, Unhealthy, Healthy, Healthy));
    }

    [Fact]
    public void The_first_result_is_believed_and_so_is_the_first_healthy_one()
    {
        var track = new HealthTrack(rise: 5, fall: 5);

        Assert.Equal([Unhealthy, Unhealthy, Healthy], Says(track, Unhealthy, Unhealthy, Healthy));
    }

    [Fact]
    public void Different_degrees_of_worse_count_together_and_the_last_one_is_believed()
    {
        var track = new HealthTrack(rise: 1, fall: 3);

        Assert.Equal([Healthy, Healthy, Healthy, Degraded], Says(track, Healthy, Unhealthy, Unhealthy, Degraded));
    }

    [Fact]
    public void It_is_in_doubt_from_the_first_other_result_to_the_change()
    {
        var track = new HealthTrack(rise: 1, fall: 2);
        track.Observe(Healthy);
        Assert.False(track.IsInDoubt);

        Assert.False(track.Observe(Unhealthy));
        Assert.True(track.IsInDoubt);

        Assert.True(track.Observe(Unhealthy));
        Assert.False(track.IsInDoubt);
    }

    // The promise in other words: it never says what the last results, as many as are needed, don't all bear out.
    [Fact]
    public void It_changes_for_the_worse_only_on_as_many_worse_results_in_a_row() => Gen.Select(
        Gen.Enum<HealthStatus>().Array[1, 60], Gen.Int[1, 5], Gen.Int[1, 5]).Sample((results, rise, fall) =>
        {
            var track = new HealthTrack(rise, fall);
            var wasHealthy = false;
            for (var i = 0; i < results.Length; i++)
            {
                var before = track.Status;
                var changed = track.Observe(results[i]);
                Assert.Equal(changed, before != track.Status);
                if (changed && before is { } said)
                {
                    var needed = results[i] < said ? fall : wasHealthy ? rise : 1;
                    var last = results[Math.Max(0, i + 1 - needed)..(i + 1)];
                    Assert.Equal(needed, last.Length);
                    Assert.All(last, result => Assert.True(results[i] < said ? result < said : result > said));
                }

                wasHealthy |= track.Status is Healthy;
            }
        });

    private static HealthStatus[] Says(HealthTrack track, params HealthStatus[] results) =>
    [
        .. results.Select(result =>
        {
            track.Observe(result);
            return track.Status!.Value;
        }),
    ];
}
