using System.Net;
using System.Net.Sockets;
using Xunit;

namespace EmbeddedStores.Tests.Processes;

public sealed class LoopbackPortsTests
{
    [Fact]
    public void A_port_is_reserved_once_and_the_next_one_is_taken_instead()
    {
        var first = LoopbackPorts.ReserveNear(23_450);
        var second = LoopbackPorts.ReserveNear(first);

        Assert.True(second > first, $"{second} is not above {first}.");
        LoopbackPorts.Release(second);
        Assert.Equal(second, LoopbackPorts.ReserveNear(first));

        LoopbackPorts.Release(first);
        LoopbackPorts.Release(second);
    }

    [Fact]
    public void A_port_that_somebody_listens_on_is_passed_over()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var taken = ((IPEndPoint)listener.LocalEndpoint).Port;

        var port = LoopbackPorts.ReserveNear(taken);

        Assert.NotEqual(taken, port);
        LoopbackPorts.Release(port);
    }
}
