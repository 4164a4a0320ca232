using System.Net;
using Gateway.Clients;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace Services.Tests.Gateway;

public sealed class ClientIdentityTests
{
    [Theory]
    [InlineData("127.0.0.1", "ip:127.0.0.1")]
    [InlineData("::1", "ip:127.0.0.1")] // "localhost" is either: an order that was placed over one is read over the other
    [InlineData("::ffff:127.0.0.1", "ip:127.0.0.1")]
    [InlineData("::ffff:192.0.2.7", "ip:192.0.2.7")]
    [InlineData("192.0.2.7", "ip:192.0.2.7")]
    [InlineData("2001:db8:1:2:3:4:5:6", "ip:2001:db8:1:2::/64")]
    public void A_client_without_a_key_is_its_address_or_its_network(string address, string id)
    {
        var context = new DefaultHttpContext { Connection = { RemoteIpAddress = IPAddress.Parse(address) } };

        Assert.Equal(id, ClientIdentity.Of(context).Id);
    }
}
