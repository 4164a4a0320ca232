using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Xunit;

namespace ServiceDefaults.Tests.Configuration;

/// <summary>A store or a service is reached by way of another address, and nothing else of it changes.</summary>
public sealed class ViaTests
{
    [Theory]
    [InlineData("Host=db;Port=5432;Username=u;Password=a;b", "Host=db;Port=5432;Username=u;Password=a;b")] // can't be read: left as it is
    [InlineData("Host=db;Port=5432;Username=u;Password=\"a;b\"", "host=localhost;port=15201;username=u;password=\"a;b\"")]
    [InlineData("Server=db;Username=u", "Host=localhost;username=u;Port=15201")]
    [InlineData("cache:6379,password=a=b", "localhost:15201,password=a=b")]
    [InlineData("cache", "localhost:15201")]
    public void A_connection_string_leads_elsewhere_and_says_the_rest_as_before(string before, string after)
    {
        var app = TestService.Build(settings: [("ConnectionStrings:store", before), ("Via:store", "http://localhost:15201")]);

        Assert.Equal(after, app.Configuration.GetConnectionString("store"), ignoreCase: true);
    }

    [Fact]
    public void All_replicas_of_a_service_are_reached_by_the_one_address()
    {
        var app = TestService.Build(settings:
        [
            ("services:orders:http:0", "http://localhost:1"), ("services:orders:http:1", "http://localhost:2"), ("Via:orders", "http://localhost:15205"),
        ]);

        Assert.Equal(("http://localhost:15205", "http://localhost:15205"), (app.Configuration["services:orders:http:0"], app.Configuration["services:orders:http:1"]));
    }

    [Theory]
    [InlineData("Via:nothing", "http://localhost:1", "Via:nothing leads to nothing: there is no ConnectionStrings:nothing, and no service 'nothing'. Remove it, or correct its name.")]
    [InlineData("Via:cache", "15203", "Via:cache is '15203', which is no address. Write it as http://localhost:15201, or remove it.")]
    public void A_wrong_one_stops_the_start_with_one_line(string key, string value, string line)
    {
        var app = TestService.Build(settings: [(key, value)]);

        var invalid = Assert.Throws<OptionsValidationException>(() => app.Services.GetRequiredService<IStartupValidator>().Validate());

        Assert.Equal([line], invalid.Failures);
    }
}
