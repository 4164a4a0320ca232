// Two programs in one, for tests of LocalRunner: an AppHost, and, where that starts it, each of its services.
using Hosting.Tests.App;

if (Environment.GetEnvironmentVariable(Switches.Role) is null)
{
    await AppHost.RunAsync(args);
}
else if (Environment.GetEnvironmentVariable(Switches.Fault) == Switches.Crash)
{
    await Console.Out.WriteLineAsync("Reading the configuration");
    await Console.Error.WriteLineAsync("The configuration makes no sense");
    Environment.ExitCode = 3;
}
else
{
    var app = WebApplication.CreateSlimBuilder(args).Build();
    app.MapGet("/health", static () => "Healthy");
    app.MapGet("/environment", static () => Environment.GetEnvironmentVariables());
    app.MapGet("/folder", static () => Directory.GetCurrentDirectory());
    await app.RunAsync();
}
