using System.Net;
using System.Net.Sockets;
using LocalRunner.Processes;
using Xunit;

namespace Hosting.Tests.Processes;

public sealed class PortAllocatorTests
{
    [Fact]
    public void No_port_is_given_twice_even_to_many_threads()
    {
        var ports = ParallelEnumerable.Range(0, 200).Select(_ => PortAllocator.Next()).ToList();

        Assert.Equal(200, ports.Distinct().Count());
    }

    [Fact]
    public void Ports_lie_below_those_of_outgoing_connections() => Assert.InRange(PortAllocator.Next(), 20_000, 32_767);

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("::1")]
    public void A_port_that_somebody_listens_on_is_not_free(string address)
    {
        Assert.SkipUnless(Socket.OSSupportsIPv6, "no IPv6 here");
        using var listener = new TcpListener(IPAddress.Parse(address), 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;

        Assert.False(PortAllocator.IsFree(port));
        listener.Stop();
        Assert.True(PortAllocator.IsFree(port));
    }
}
