using Aspire.Hosting.ApplicationModel;

var builder = DistributedApplication.CreateBuilder(args);

var postgres = builder.AddPostgres("postgres").RunAsProcess();
var ordersDb = postgres.AddDatabase("ordersdb");
var inventoryDb = postgres.AddDatabase("inventorydb");
var cache = builder.AddRedis("cache").RunAsProcess();

var inventory = builder.AddProject<Projects.Inventory>("inventory")
    .WithReference(inventoryDb).WaitFor(inventoryDb)
    .WithReference(cache) // no WaitFor: inventory starts and serves without its cache
    .WithHttpHealthCheck("/health");

var orders = builder.AddProject<Projects.Orders>("orders")
    .WithReference(ordersDb).WaitFor(ordersDb)
    .WithReference(inventory) // no WaitFor: orders takes orders while inventory is away
    .WithReference(cache) // no WaitFor: it is where the replicas' breakers hear of each other; without it each decides alone
    .WithReplicas(2)
    .WithHttpHealthCheck("/health");

var gateway = builder.AddProject<Projects.Gateway>("gateway")
    .WithReference(inventory) // no WaitFor on either: the gateway answers at once, with a 502 or 503 for what isn't there yet
    .WithReference(orders)
    .WithExternalHttpEndpoints()
    .WithHttpHealthCheck("/health");

// With --Faults:Proxy=true the shop's edges lead through a proxy that makes them slow, narrow or dead: see Services/FaultProxy.
if (builder.Configuration["Faults:Proxy"] == "true")
{
    var faults = builder.AddProject<Projects.FaultProxy>("faultproxy")
        .WithReference(ordersDb).WithHttpEndpoint(15201, name: "ordersdb", env: "Edges__ordersdb", isProxied: false)
        .WithReference(inventoryDb).WithHttpEndpoint(15202, name: "inventorydb", env: "Edges__inventorydb", isProxied: false)
        .WithReference(cache).WithHttpEndpoint(15203, name: "cache", env: "Edges__cache", isProxied: false)
        .WithReference(inventory).WithHttpEndpoint(15204, name: "inventory", env: "Edges__inventory", isProxied: false)
        .WithReference(orders).WithHttpEndpoint(15205, name: "orders", env: "Edges__orders", isProxied: false);
    inventory.WaitFor(faults).WithEnvironment("Via__inventorydb", faults.GetEndpoint("inventorydb")).WithEnvironment("Via__cache", faults.GetEndpoint("cache"));
    orders.WaitFor(faults).WithEnvironment("Via__ordersdb", faults.GetEndpoint("ordersdb")).WithEnvironment("Via__inventory", faults.GetEndpoint("inventory"));
    gateway.WithEnvironment("Via__orders", faults.GetEndpoint("orders"));
}

inventory.WithFaultCommands(builder.AddParameter("fault-token", new GenerateParameterDefault { MinLength = 32, Special = false }, secret: true));
gateway.WithUrlForEndpoint("http", endpoint => new() { Url = "/scalar", DisplayText = "API" });

foreach (var service in builder.Resources.OfType<ProjectResource>().ToList())
{
    // The dashboard ends with the services: none of them shall wait for it with its last telemetry.
    builder.CreateResourceBuilder(service).WithEnvironment("OTEL_EXPORTER_OTLP_TIMEOUT", "1000");
}

await builder.Build().RunAsync();
