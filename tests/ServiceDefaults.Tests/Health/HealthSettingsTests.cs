using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Resilience.Memory;
using Xunit;

namespace ServiceDefaults.Tests.Health;

public sealed class HealthSettingsTests
{
    [Fact]
    public async Task Targets_come_from_the_configuration()
    {
        await using var neighbour = await TestService.StartAsync();
        await using var service = await TestService.StartAsync(settings:
        [
            ("Resilience:Health:Http:neighbour:Address", new Uri(neighbour.Address, "/alive").ToString()),
            ("Resilience:Health:Http:gone:Address", new Uri(neighbour.Address, "/gone").ToString()),
            ("Resilience:Health:Http:gone:FailureStatus", "Unhealthy"),
            ("Resilience:Health:Tcp:port:Address", $"127.0.0.1:{neighbour.Address.Port}"),
        ]);

        var (status, health) = await service.UntilHealthAsync(static health =>
            HealthReplies.StatusOf("neighbour", health) == "Healthy" && HealthReplies.StatusOf("port", health) == "Healthy" && HealthReplies.Of("gone", health).GetProperty("results").GetInt64() > 0);

        Assert.Equal((HttpStatusCode.ServiceUnavailable, "Unhealthy"), (status, HealthReplies.StatusOf("gone", health)));
        Assert.Equal("It answers 404.", HealthReplies.Of("gone", health).GetProperty("description").GetString());
    }

    [Theory]
    [InlineData("Resilience:Health:Http:bank:Address", "ftp://bank", "Resilience:Health:Http:bank:Address is ftp://bank/, which must be absolute, and http or https, such as https://payments.example/health.")]
    [InlineData("Resilience:Health:Http:bank:FailureStatus", "Degraded", "Resilience:Health:Http:bank:Address is missing. Set it, or set Resilience__Health__Http__bank__Address.")]
    [InlineData("Resilience:Health:Tcp:bank:Address", "bank", "Resilience:Health:Tcp:bank:Address is bank, which must be a host and a port, such as mail.example:25 or [::1]:25.")]
    [InlineData("Resilience:Health:Tcp:bank:Address", "me@bank:25/x", "Resilience:Health:Tcp:bank:Address is me@bank:25/x, which must be a host and a port, such as mail.example:25 or [::1]:25.")]
    [InlineData("Resilience:Health:Checks:system:Fall", "0", "Resilience:Health:Checks:system:Fall is 0, which must be from 1 to 100. Change it, or set Resilience__Health__Checks__system__Fall.")]
    [InlineData("Resilience:Health:Checks:sistem:Fall", "2", "Resilience:Health:Checks:sistem is not a health check. Remove it, or spell it as one of pipelines, system.")]
    [InlineData("Resilience:Health:System:MinFreeDiskRatio", "5", "Resilience:Health:System:MinFreeDiskRatio is 5, which must be from 0 to 0.9. Change it, or set Resilience__Health__System__MinFreeDiskRatio.")]
    public void A_wrong_setting_stops_the_start_in_one_line(string key, string value, string line)
    {
        var app = TestService.Build(settings: [(key, value)]);

        var invalid = Assert.ThrowsAny<Exception>(() => app.Services.GetRequiredService<IStartupValidator>().Validate());

        Assert.Contains(line, invalid is AggregateException several ? several.InnerExceptions.Cast<OptionsValidationException>().SelectMany(static one => one.Failures) : ((OptionsValidationException)invalid).Failures);
    }

    [Fact]
    public async Task A_service_that_is_short_of_memory_serves_and_says_so()
    {
        await using var service = await TestService.StartAsync(
            configure: static builder => builder.Services.AddSingleton<IMemorySource>(new FullMachine()), settings: ("Resilience:Health:Checks:system:Period", "00:00:00.1"));

        var (status, health) = await service.UntilHealthAsync(static health => HealthReplies.Of("system", health).GetProperty("results").GetInt64() > 0);

        Assert.Equal((HttpStatusCode.OK, "Degraded"), (status, HealthReplies.StatusOf("system", health)));
        Assert.Contains("memory is over its hard limit", HealthReplies.Of("system", health).GetProperty("description").GetString(), StringComparison.Ordinal);
    }

    private sealed class FullMachine : IMemorySource
    {
        public MemoryReading Read() => new() { Used = 99, Available = 100, Source = "a full machine", Heap = 1, HeapAvailable = null, FullCollections = 0 };

        public void Collect()
        {
            // There is nothing to free.
        }
    }
}
