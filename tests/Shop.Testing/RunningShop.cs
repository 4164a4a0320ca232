using System.Diagnostics;
using Lab.Conservation;
using LocalRunner;
using LocalRunner.ApplicationModel;
using LocalRunner.Testing;
using Npgsql;
using Shop.Testing.Tracing;

namespace Shop.Testing;

/// <summary>The real AppHost with everything it starts: PostgreSQL, Redis, inventory, two orders and the gateway.</summary>
public sealed class RunningShop : IAsyncDisposable
{
    private static readonly TimeSpan _startWithin = TimeSpan.FromMinutes(3); // the first run may have to fetch PostgreSQL
    private static readonly TimeSpan _restWithin = TimeSpan.FromSeconds(10);
    private readonly SpanReceiver _receiver;
    private readonly DistributedApplication _app;
    private readonly IReadOnlyDictionary<string, IResourceBuilder<ProjectResource>> _services;

    private RunningShop(
        SpanReceiver receiver,
        DistributedApplication app,
        IReadOnlyDictionary<string, IResourceBuilder<ProjectResource>> services,
        NpgsqlDataSource inventoryDatabase,
        NpgsqlDataSource ordersDatabase)
    {
        _receiver = receiver;
        _app = app;
        _services = services;
        InventoryDatabase = inventoryDatabase;
        OrdersDatabase = ordersDatabase;
        Gateway = app.CreateHttpClient("gateway");
        Inventory = app.CreateHttpClient("inventory");
        Orders = app.CreateHttpClient("orders-0");
        State = new(inventoryDatabase, ordersDatabase);
    }

    /// <summary>Gets the shop's front door. It waits longer than the gateway's longest deadline, and repeats nothing.</summary>
    public HttpClient Gateway { get; }

    /// <summary>Gets inventory's own door, which the gateway keeps shut: for what an operator does.</summary>
    public HttpClient Inventory { get; }

    /// <summary>Gets the own door of one of the two orders: for what somebody who develops looks at.</summary>
    public HttpClient Orders { get; }

    /// <summary>Gets inventory's database, as its owner.</summary>
    public NpgsqlDataSource InventoryDatabase { get; }

    /// <summary>Gets orders' database, as its owner.</summary>
    public NpgsqlDataSource OrdersDatabase { get; }

    /// <summary>Gets what reads both databases for the conservation check.</summary>
    public ShopStateReader State { get; }

    /// <summary>Gets the spans that the services exported so far.</summary>
    public IReadOnlyList<ReceivedSpan> Spans => _receiver.Spans;

    /// <summary>Gets what starts, stops and kills the parts.</summary>
    public LocalRunnerControl Control => _app.GetLocalRunner();

    /// <summary>Starts a shop with empty databases and waits until all of it is healthy.</summary>
    /// <param name="cancellationToken">Ends the start.</param>
    /// <param name="args">The AppHost's arguments; none by default.</param>
    /// <param name="configure">Changes what the AppHost described.</param>
    /// <returns>The running shop.</returns>
    public static async Task<RunningShop> StartAsync(
        CancellationToken cancellationToken, string[]? args = null, Action<IDistributedApplicationBuilder>? configure = null)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(_startWithin);
        SpanReceiver? receiver = null;
        DistributedApplication? app = null;
        try
        {
            receiver = await SpanReceiver.StartAsync(limit.Token);
            (app, var services) = await BuildAsync(receiver.Endpoint, args ?? [], configure, limit.Token);
            await app.StartAsync(limit.Token);
            await Task.WhenAll(
                ((string[])["inventory", "orders", "gateway", "cache"]).Select(
                    resource => app.ResourceNotifications.WaitForResourceHealthyAsync(resource, limit.Token)));

            return new(receiver, app, services, await ConnectAsync(app, "inventorydb"), await ConnectAsync(app, "ordersdb"));
        }
        catch
        {
            if (app is not null)
            {
                await app.DisposeAsync();
            }

            if (receiver is not null)
            {
                await receiver.DisposeAsync();
            }

            throw;
        }
    }

    /// <summary>Connects to the own door of an instance.</summary>
    /// <param name="instance">Its name, such as <c>orders-1</c>.</param>
    /// <returns>A client, to be disposed.</returns>
    public HttpClient ConnectTo(string instance) => _app.CreateHttpClient(instance);

    /// <summary>Waits until a resource is healthy again.</summary>
    /// <param name="resource">Its name in the AppHost.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>When it is healthy.</returns>
    public Task WaitUntilHealthyAsync(string resource, CancellationToken cancellationToken) =>
        _app.ResourceNotifications.WaitForResourceHealthyAsync(resource, cancellationToken);

    /// <summary>Stops a service, starts it again with other settings, and waits until it is healthy. It has its usual ones again from the next restart on.</summary>
    /// <param name="service">Its name in the AppHost.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <param name="environment">What it finds in its environment besides.</param>
    /// <returns>When it is healthy.</returns>
    public async Task RestartAsync(string service, CancellationToken cancellationToken, params (string Name, string Value)[] environment)
    {
        var annotations = _services[service].Resource.Annotations;
        var usual = annotations.Count;
        foreach (var (name, value) in environment)
        {
            _services[service].WithEnvironment(name, value);
        }

        try
        {
            await Control.RestartAsync(service, cancellationToken);
        }
        finally
        {
            while (annotations.Count > usual)
            {
                annotations.RemoveAt(annotations.Count - 1);
            }
        }

        await WaitUntilHealthyAsync(service, cancellationToken);
    }

    /// <summary>Waits until no order is on its way any more, and reads what the databases hold then.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The state at rest; after 10 s, which is what invariant I9 allows, the state as it is, for the check to complain about.</returns>
    public async Task<ShopState> WaitUntilAtRestAsync(CancellationToken cancellationToken)
    {
        var waiting = Stopwatch.StartNew();
        while (true)
        {
            var state = await State.ReadAsync(cancellationToken);
            if (state.OutboxRows == 0 || waiting.Elapsed > _restWithin)
            {
                return state;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(100), cancellationToken);
        }
    }

    /// <summary>Gets how the owner of all databases connects to one of them.</summary>
    /// <param name="database">The database's resource name in the AppHost.</param>
    /// <returns>The connection string, to change at will.</returns>
    public async Task<NpgsqlConnectionStringBuilder> ConnectionStringAsync(string database) => new(await _app.GetConnectionStringAsync(database));

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        Gateway.Dispose();
        Inventory.Dispose();
        Orders.Dispose();
        await InventoryDatabase.DisposeAsync();
        await OrdersDatabase.DisposeAsync();
        await _app.DisposeAsync();
        await _receiver.DisposeAsync();
    }

    private static async Task<(DistributedApplication App, IReadOnlyDictionary<string, IResourceBuilder<ProjectResource>> Services)> BuildAsync(
        string telemetryEndpoint, string[] args, Action<IDistributedApplicationBuilder>? configure, CancellationToken cancellationToken)
    {
        var builder = await DistributedApplicationTestingBuilder.CreateAsync<Projects.AppHost>(args, cancellationToken);
        var services = builder.Resources.OfType<ProjectResource>().ToDictionary(
            static project => project.Name,
            project => builder.CreateResourceBuilder(project)
                .WithEnvironment("OTEL_EXPORTER_OTLP_ENDPOINT", telemetryEndpoint)
                .WithEnvironment("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"),
            StringComparer.Ordinal);
        configure?.Invoke(builder);
        return (await builder.BuildAsync(cancellationToken), services);
    }

    // Without a pool: a check looks at what the server holds now, and a connection kept from before it was killed is none.
    private static async Task<NpgsqlDataSource> ConnectAsync(DistributedApplication app, string database) =>
        NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(await app.GetConnectionStringAsync(database)) { Pooling = false });
}
