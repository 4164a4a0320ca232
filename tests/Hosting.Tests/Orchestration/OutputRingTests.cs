using System.Globalization;
using LocalRunner.Orchestration;
using Xunit;

namespace Hosting.Tests.Orchestration;

public sealed class OutputRingTests
{
    [Fact]
    public void Keeps_the_last_lines_and_counts_what_it_let_go()
    {
        var ring = new OutputRing();

        for (var line = 0; line < OutputRing.Capacity + 3; line++)
        {
            ring.Add(new(DateTimeOffset.UnixEpoch, IsError: false, line.ToString(CultureInfo.InvariantCulture)));
        }

        var kept = ring.Snapshot();
        Assert.Equal((OutputRing.Capacity, "3", "10002", 3L), (kept.Count, kept[0].Text, kept[^1].Text, ring.Dropped));
    }
}
