var builder = DistributedApplication.CreateBuilder(args);

var postgres = builder.AddPostgres("postgres");
var ordersDb = postgres.AddDatabase("ordersdb");
var inventoryDb = postgres.AddDatabase("inventorydb");
var cache = builder.AddRedis("cache");

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

builder.AddProject<Projects.Gateway>("gateway")
    .WithReference(inventory) // no WaitFor on either: the gateway answers at once, with a 502 or 503 for what isn't there yet
    .WithReference(orders)
    .WithExternalHttpEndpoints()
    .WithHttpHealthCheck("/health");

await builder.Build().RunAsync();
