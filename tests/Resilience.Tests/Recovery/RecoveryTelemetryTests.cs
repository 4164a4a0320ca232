using Resilience.Tests.Telemetry;
using Xunit;

namespace Resilience.Tests.Recovery;

public sealed class RecoveryTelemetryTests : IDisposable
{
    private readonly SeenMeasurements _seen = new(static name => name.StartsWith("resilience.recovery.", StringComparison.Ordinal));

    [Fact]
    public void Actions_are_counted_by_what_came_of_them_and_held_back_ones_by_the_reason()
    {
        var patient = new Patient("counted") { Trouble = "crashed" };
        using var ward = new Ward(static options => options.GiveUpAfter = 2, patients: patient);

        ward.Look(20);

        Assert.Equal(2, Sum("resilience.recovery.actions", "resilience.result", "unverified"));
        Assert.Equal(1, Sum("resilience.recovery.suppressed", "resilience.reason", "cool_down"));
        Assert.Equal(1, Sum("resilience.recovery.suppressed", "resilience.reason", "given_up"));

        double Sum(string instrument, string tag, string value) =>
            _seen.Recorded(instrument, tags => tags["resilience.name"] is "counted" && (string?)tags[tag] == value).Sum();
    }

    [Fact]
    public void What_is_wrong_and_who_has_given_up_is_there_to_be_seen_from_the_first_moment()
    {
        var patient = new Patient("gauged");
        using var ward = new Ward(static options => options.GiveUpAfter = 1, patients: patient);
        Assert.Equal((0, 0, 3), (Read("findings"), Read("given_up"), Read("budget", "shop")));

        patient.Trouble = "crashed";
        ward.Look();

        Assert.Equal((1, 1), (Read("findings"), Read("given_up")));
        GC.KeepAlive(ward.Recovery);

        double? Read(string what, string name = "gauged") => _seen.Read($"resilience.recovery.{what}", tags => (string?)tags["resilience.name"] == name);
    }

    [Fact]
    public void The_time_to_recover_runs_from_the_first_sighting()
    {
        var patient = new Patient("timed") { Trouble = "crashed" }.Curable();
        using var ward = new Ward(static options => options.Confirmations = 4, patients: patient);

        ward.Look(4);

        Assert.Equal([15.0], _seen.Recorded("resilience.recovery.duration", static tags => tags["resilience.name"] is "timed"));
    }

    public void Dispose() => _seen.Dispose();
}
