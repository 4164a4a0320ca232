using EmbeddedStores;

var builder = DistributedApplication.CreateBuilder(args);

#region stores
var postgres = builder.AddPostgres("postgres").RunAsProcess().WithFaultCommands();
var ordersDb = postgres.AddDatabase("ordersdb");
var cache = builder.AddRedis("cache").RunAsProcess().WithFaultCommands();
#endregion

// Its state shows when both stores are ready, and its environment shows what a service gets.
builder.AddExecutable("service", "/bin/sleep", ".", "600").WithReference(ordersDb).WithReference(cache).WaitFor(ordersDb).WaitFor(cache);

#region preflight
var findings = await StorePreflight.CheckAsync(builder, CancellationToken.None);
foreach (var finding in findings)
{
    await Console.Error.WriteLineAsync(finding.ToString());
}

if (findings.Any(finding => finding.IsProblem))
{
    return 1;
}
#endregion

await builder.Build().RunAsync();
return 0;
