using System.Net;
using System.Net.Sockets;
using AppHost.Start;
using Xunit;

namespace AppHost.Tests.Start;

public sealed class PortClaimsTests
{
    [Fact]
    public void Two_AppHosts_that_choose_at_the_same_time_never_choose_the_same_port()
    {
        using var first = new PortClaims();
        using var second = new PortClaims();

        var chosen = Enumerable.Range(0, 20).AsParallel().WithDegreeOfParallelism(8).Select(number => (number % 2 == 0 ? first : second).Near(23_450)).ToList();

        Assert.Equal(20, chosen.Distinct().Count());
    }

    [Fact]
    public void A_port_that_somebody_listens_on_is_passed_over()
    {
        using var claims = new PortClaims();
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var taken = ((IPEndPoint)listener.LocalEndpoint).Port;

        Assert.NotEqual(taken, claims.Near(taken));
    }

    [Fact]
    public void A_claim_ends_with_its_AppHost()
    {
        int port;
        using (var first = new PortClaims())
        {
            port = first.Any();
        }

        using var second = new PortClaims();

        Assert.Equal(port, second.Near(port));
    }

    [Fact]
    public void The_holder_of_a_port_is_named()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only Linux's /proc says which process listens on a port.");
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();

        var holder = PortHolder.Find(((IPEndPoint)listener.LocalEndpoint).Port);

        Assert.EndsWith($"(process {Environment.ProcessId})", holder, StringComparison.Ordinal);
    }
}
