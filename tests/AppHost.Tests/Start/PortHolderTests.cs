using System.Net;
using System.Net.Sockets;
using AppHost.Start;
using Xunit;

namespace AppHost.Tests.Start;

public sealed class PortHolderTests
{
    [Fact]
    public void The_process_that_listens_on_a_port_is_named()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only Linux's /proc says which process listens on a port.");
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();

        var holder = PortHolder.Find(((IPEndPoint)listener.LocalEndpoint).Port);

        Assert.EndsWith($"(process {Environment.ProcessId})", holder, StringComparison.Ordinal);
    }

    [Fact]
    public void Nobody_is_named_where_nobody_listens() => Assert.Null(PortHolder.Find(port: 0));
}
