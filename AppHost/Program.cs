using AppHost;
using AppHost.Faults;
using AppHost.Start;

var start = new AppStart(args);
if (start.IsOver)
{
    return start.ExitCode;
}

var builder = DistributedApplication.CreateBuilder(start.Options);

var postgres = builder.AddPostgres("postgres").RunAsProcess().WithFaultCommands();
var ordersDb = postgres.AddDatabase("ordersdb");
var inventoryDb = postgres.AddDatabase("inventorydb");
var cache = builder.AddRedis("cache").RunAsProcess().WithFaultCommands();

var inventory = builder.AddProject<Built<Projects.Inventory>>("inventory").WithServiceDefaults("Box")
    .WithReference(inventoryDb).WaitFor(inventoryDb)
    .WithReference(cache); // no WaitFor: inventory starts and serves without its cache

var orders = builder.AddProject<Built<Projects.Orders>>("orders").WithServiceDefaults("Cart")
    .WithReference(ordersDb).WaitFor(ordersDb)
    .WithReference(inventory) // no WaitFor: orders takes orders while inventory is down
    .WithReference(cache) // no WaitFor: the replicas' breakers share what they know there; without it each decides alone
    .WithReplicas(2);

var gateway = builder.AddProject<Built<Projects.Gateway>>("gateway")
    .WithPage("/scalar", "API reference").WithPage("/api/products?size=3", "Products").WithServiceDefaults("DoorArrowRight")
    .WithReference(inventory) // no WaitFor on either: the gateway answers at once, with a 502 or 503 for what isn't there yet
    .WithReference(orders)
    .WithExternalHttpEndpoints();

builder.AddFaultProxy<Built<Projects.FaultProxy>>(ordersDb, inventoryDb, cache, inventory, orders, gateway); // with --Faults:Proxy=true

start.Show(gateway, "Gateway", port: 5080, page: "/api/products?size=3");
return await start.RunAsync(builder);
