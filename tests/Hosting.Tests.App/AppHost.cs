using LocalRunner;
using LocalRunner.ApplicationModel;

namespace Hosting.Tests.App;

internal static class AppHost
{
    public static async Task RunAsync(string[] args)
    {
        var builder = DistributedApplication.CreateBuilder(args);

        var back = AddService(builder, "back").WithReplicas(2);
        AddService(builder, "front").WithReference(back).WaitFor(back).WithExternalHttpEndpoints();
        if (builder.Configuration[Switches.WithStores] is not null)
        {
            var database = builder.AddPostgres("postgres").AddDatabase("shop-db");
            back.WithReference(database).WaitFor(database).WithReference(builder.AddRedis("cache"));
        }

        await builder.Build().RunAsync();
    }

    private static IResourceBuilder<ProjectResource> AddService(IDistributedApplicationBuilder builder, string name) =>
        builder.AddProject<Self>(name).WithEnvironment(Switches.Role, "service").WithHttpHealthCheck("/health");
}
