using EmbeddedStores;
using EmbeddedStores.Tests.App;

if (args is ["server", var folder])
{
    await LonelyServer.RunAsync(folder);
    return 0;
}

var builder = DistributedApplication.CreateBuilder(args);

#region stores
var postgres = builder.AddPostgres("postgres").RunAsProcess().WithFaultCommands();
var ordersDb = postgres.AddDatabase("ordersdb");
var cache = builder.AddRedis("cache").RunAsProcess().WithFaultCommands(pause: TimeSpan.FromSeconds(2));
#endregion

// It runs when both stores are ready, and its environment shows what a service gets.
builder.AddExecutable("service", "/bin/sleep", ".", "600").WithReference(ordersDb).WithReference(cache).WaitFor(ordersDb).WaitFor(cache);

if (builder.Configuration["Preflight"] is not "off")
{
    #region preflight
    var findings = await StorePreflight.CheckAsync(builder, CancellationToken.None);
    foreach (var finding in findings)
    {
        await Console.Error.WriteLineAsync(finding.ToString());
    }

    if (findings.Any(static finding => finding.IsProblem))
    {
        return 1;
    }
    #endregion
}

await builder.Build().RunAsync();
return 0;
