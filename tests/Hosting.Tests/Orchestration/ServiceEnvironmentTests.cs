using LocalRunner;
using LocalRunner.ApplicationModel;
using LocalRunner.Orchestration;
using Xunit;

namespace Hosting.Tests.Orchestration;

public sealed class ServiceEnvironmentTests
{
    private static readonly LaunchProfile _profile =
        new("http", 5081, new Dictionary<string, string>(StringComparer.Ordinal) { ["ASPNETCORE_ENVIRONMENT"] = "Development" });

    private readonly IDistributedApplicationBuilder _builder = DistributedApplication.CreateBuilder([]);

    [Fact]
    public void A_service_gets_what_Aspire_would_give_it_and_nothing_else()
    {
        var database = _builder.AddPostgres("postgres").AddDatabase("orders-db", "orders");
        var cache = _builder.AddRedis("cache");
        var inventory = _builder.AddResource(new ProjectResource("inventory"));
        var orders = _builder.AddResource(new ProjectResource("orders"))
            .WithReference(database).WithReference(cache).WithReference(inventory).WithEnvironment("Orders__RelayEvery", "00:00:01");

        var environment = Build(orders.Resource, instance: 1, inherited: ["PATH", "HOME"]);

        Assert.Equal(
            new SortedDictionary<string, string?>(StringComparer.Ordinal)
            {
                ["ASPNETCORE_ENVIRONMENT"] = "Development",
                ["ASPNETCORE_URLS"] = "http://localhost:21001",
                ["CACHE_HOST"] = "localhost",
                ["CACHE_PASSWORD"] = "s3cret/cache",
                ["CACHE_PORT"] = "22001",
                ["CACHE_URI"] = "redis://:s3cret%2Fcache@localhost:22001",
                ["ConnectionStrings__cache"] = "localhost:22001,password=s3cret/cache",
                ["ConnectionStrings__orders-db"] = "Host=localhost;Port=22000;Username=postgres;Password=s3cret;Database=orders",
                ["DOTNET_LAUNCH_PROFILE"] = "http",
                ["DOTNET_SYSTEM_CONSOLE_ALLOW_ANSI_COLOR_REDIRECTION"] = "true",
                ["INVENTORY_HTTP"] = "http://localhost:21010",
                ["LOGGING__CONSOLE__FORMATTERNAME"] = "simple",
                ["ORDERS_DB_DATABASENAME"] = "orders",
                ["ORDERS_DB_HOST"] = "localhost",
                ["ORDERS_DB_JDBCCONNECTIONSTRING"] = "jdbc:postgresql://localhost:22000/orders",
                ["ORDERS_DB_PASSWORD"] = "s3cret",
                ["ORDERS_DB_PORT"] = "22000",
                ["ORDERS_DB_URI"] = "postgresql://postgres:s3cret@localhost:22000/orders",
                ["ORDERS_DB_USERNAME"] = "postgres",
                ["OTEL_BLRP_SCHEDULE_DELAY"] = "1000",
                ["OTEL_BSP_SCHEDULE_DELAY"] = "1000",
                ["OTEL_DOTNET_EXPERIMENTAL_OTLP_RETRY"] = "in_memory",
                ["OTEL_METRICS_EXEMPLAR_FILTER"] = "trace_based",
                ["OTEL_METRIC_EXPORT_INTERVAL"] = "1000",
                ["OTEL_RESOURCE_ATTRIBUTES"] = "service.instance.id=1",
                ["OTEL_SERVICE_NAME"] = "orders",
                ["OTEL_TRACES_SAMPLER"] = "always_on",
                ["Orders__RelayEvery"] = "00:00:01",
                ["services__inventory__http__0"] = "http://localhost:21010",
                ["services__inventory__http__1"] = "http://localhost:21011",
            },
            new SortedDictionary<string, string?>(environment.ToDictionary(StringComparer.Ordinal), StringComparer.Ordinal));
    }

    [Fact]
    public void Where_the_AppHost_listens_and_what_it_was_told_about_stores_does_not_leak_into_services()
    {
        string[] theAppHosts =
        [
            "HTTP_PORTS", "aspnetcore_https_ports", "URLS", "DOTNET_URLS", "ASPNETCORE_HTTPS_PORT", "Kestrel__Endpoints__Http__Url",
            "services__other__http__0", "ConnectionStrings__postgres",
        ];

        var environment = Build(new("orders"), instance: 0, inherited: [.. theAppHosts, "PATH", "HTTP_PROXY", "MY_HTTP_PORTS_LIST"]);

        Assert.Equal(theAppHosts.Order(StringComparer.Ordinal), environment.Where(static variable => variable.Value is null).Select(static variable => variable.Key).Order(StringComparer.Ordinal));
        Assert.Equal("http://localhost:21001", environment["ASPNETCORE_URLS"]);
    }

    [Fact]
    public void A_telemetry_receiver_that_the_person_has_set_is_left_to_the_services_with_its_protocol_and_headers()
    {
        var environment = Build(new("orders"), instance: 0, ["OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_PROTOCOL", "OTEL_EXPORTER_OTLP_HEADERS"]);

        Assert.DoesNotContain(environment.Keys, static name => name.StartsWith("OTEL_EXPORTER", StringComparison.Ordinal));
    }

    [Fact]
    public void A_telemetry_protocol_without_a_receiver_is_taken_away()
    {
        var environment = Build(new("orders"), instance: 0, ["OTEL_EXPORTER_OTLP_PROTOCOL"]);

        Assert.Null(Assert.Contains("OTEL_EXPORTER_OTLP_PROTOCOL", environment));
    }

    [Fact]
    public void A_reference_may_go_by_another_name()
    {
        var orders = _builder.AddResource(new ProjectResource("orders")).WithReference(_builder.AddRedis("cache"), connectionName: "fast-store");

        var environment = Build(orders.Resource, instance: 0, inherited: []);

        Assert.Equal("localhost:22001,password=s3cret/cache", environment["ConnectionStrings__fast-store"]);
        Assert.Equal("22001", environment["FAST_STORE_PORT"]);
        Assert.DoesNotContain("ConnectionStrings__cache", environment.Keys);
    }

    [Fact]
    public void A_further_endpoint_is_told_to_who_listens_there_as_a_port_and_to_others_as_an_address()
    {
        var proxy = _builder.AddResource(new ProjectResource("proxy")).WithHttpEndpoint(15000, name: "cache", env: "Edges__cache", isProxied: false);
        var orders = _builder.AddResource(new ProjectResource("orders")).WithReference(_builder.AddResource(new ProjectResource("inventory")))
            .WithEnvironment("Via__cache", proxy.GetEndpoint("cache")).WithEnvironment("services__inventory__http__0", proxy.GetEndpoint("cache"));

        Assert.Equal("23000", Build(proxy.Resource, instance: 0, inherited: [])["Edges__cache"]);
        var environment = Build(orders.Resource, instance: 0, inherited: []);
        Assert.Equal(("http://localhost:23000", "http://localhost:23000"), (environment["Via__cache"], environment["services__inventory__http__0"]));
    }

    [Fact]
    public void A_further_endpoint_without_a_name_or_a_variable_is_refused() =>
        Assert.Throws<LocalRunnerException>(() => _builder.AddResource(new ProjectResource("proxy")).WithHttpEndpoint(15000, name: "cache"));

    private static IReadOnlyDictionary<string, string?> Build(ProjectResource resource, int instance, IReadOnlyCollection<string> inherited) => ServiceEnvironment.Build(
        resource,
        instance,
        _profile,
        new Uri("http://localhost:21001"),
        static store => store is RedisResource
            ? Connection.ToRedis("localhost:22001,password=s3cret/cache", "localhost", 22001, "s3cret/cache")
            : Connection.ToPostgres("Host=localhost;Port=22000;Username=postgres;Password=s3cret;Database=orders", "localhost", 22000, "postgres", "s3cret", "orders"),
        static _ => [new("http://localhost:21010"), new("http://localhost:21011")],
        static endpoint => new($"http://localhost:{(endpoint.EndpointName == "cache" ? 23000 : 21010)}"),
        inherited);
}
