using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Xunit;

namespace EmbeddedStores.Tests.AppModel;

/// <summary>Where the containers stay as they are.</summary>
public sealed class UnchangedModelTests
{
    [Theory]
    [InlineData("--Stores=containers")]
    [InlineData("--operation", "publish", "--publisher", "manifest", "--output-path", "unused.json")]
    public void The_containers_stay_in_the_model(params string[] arguments)
    {
        var builder = DistributedApplication.CreateBuilder(arguments);

        var postgres = builder.AddPostgres("postgres").RunAsProcess().WithFaultCommands();
        var cache = builder.AddRedis("cache").RunAsProcess().WithFaultCommands();

        Assert.Contains(postgres.Resource, builder.Resources);
        Assert.Contains(cache.Resource, builder.Resources);
        Assert.Single(postgres.Resource.Annotations.OfType<ContainerImageAnnotation>());
        Assert.DoesNotContain(postgres.Resource.Annotations.OfType<ResourceCommandAnnotation>(), static command => command.Name == "pause");
        Assert.DoesNotContain(builder.Resources, static resource => resource is ExecutableResource);
    }

    [Fact]
    public void Fault_commands_need_a_process()
    {
        var builder = DistributedApplication.CreateBuilder([]);

        var mistake = Assert.Throws<InvalidOperationException>(() => builder.AddRedis("cache").WithFaultCommands());

        Assert.Equal("cache does not run as a process. Call RunAsProcess() before WithFaultCommands().", mistake.Message);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(601)]
    public void A_pause_of_no_time_or_of_more_than_ten_minutes_is_refused(int seconds)
    {
        var builder = DistributedApplication.CreateBuilder([]);
        var cache = builder.AddRedis("cache").RunAsProcess();

        Assert.Throws<ArgumentOutOfRangeException>(() => cache.WithFaultCommands(TimeSpan.FromSeconds(seconds)));
    }

    [Fact]
    public void A_port_that_the_model_asks_for_is_kept_and_others_differ()
    {
        var builder = DistributedApplication.CreateBuilder([]);

        var own = builder.AddRedis("own", port: 12345).RunAsProcess();
        var first = builder.AddRedis("first").RunAsProcess();
        var second = builder.AddPostgres("second").RunAsProcess();

        Assert.Equal(12345, PortOf(own.Resource));
        Assert.NotEqual(PortOf(first.Resource), PortOf(second.Resource));

        static int? PortOf(IResource resource) => resource.Annotations.OfType<EndpointAnnotation>().Single(static endpoint => endpoint.Name == "tcp").TargetPort;
    }
}
