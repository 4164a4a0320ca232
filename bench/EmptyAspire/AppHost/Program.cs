using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

// What any Aspire application of three services, one of them twice, costs: the yardstick for the shop's start and memory (eng/measure-start).
var builder = DistributedApplication.CreateBuilder(args);
string[] names = ["one", "two", "three"];
foreach (var name in names)
{
    builder.AddProject<Projects.EmptyAspire_Service>(name).WithHttpHealthCheck("/health").WithReplicas(name == "two" ? 2 : 1);
}

await using var app = builder.Build();
await app.StartAsync();
foreach (var name in names)
{
    await app.ResourceNotifications.WaitForResourceHealthyAsync(name, app.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping);
}

await Console.Out.WriteLineAsync("Ready");
await app.WaitForShutdownAsync();
