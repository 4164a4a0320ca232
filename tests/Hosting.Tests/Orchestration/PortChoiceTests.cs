using LocalRunner.Orchestration;
using Xunit;

namespace Hosting.Tests.Orchestration;

public sealed class PortChoiceTests
{
    [Fact]
    public void Keeps_to_the_launch_profile() => Assert.Equal(5080, PortChoice.Near(5080, [], static _ => true));

    [Fact]
    public void Takes_the_next_free_port_that_no_other_service_wants() =>
        Assert.Equal(5083, PortChoice.Near(5080, reserved: [5080, 5081], static port => port is not (5080 or 5082)));

    [Fact]
    public void Takes_any_port_where_the_neighbours_are_taken_too() =>
        Assert.InRange(PortChoice.Near(5080, [], static _ => false), 20_000, 32_767);
}
