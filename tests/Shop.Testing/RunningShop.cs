using System.Diagnostics;
using Lab.Conservation;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;
using Npgsql;
using Shop.Testing.Tracing;

namespace Shop.Testing;

/// <summary>The real AppHost with everything it starts: PostgreSQL, Redis, inventory, two orders and the gateway.</summary>
public sealed class RunningShop : IAsyncDisposable
{
    private static readonly TimeSpan _startWithin = TimeSpan.FromMinutes(3); // the first run may have to fetch PostgreSQL
    private static readonly TimeSpan _restWithin = TimeSpan.FromSeconds(10);
    private readonly string _data;
    private readonly SpanReceiver _receiver;
    private readonly DistributedApplication _app;
    private readonly IReadOnlyDictionary<string, IResourceBuilder<ProjectResource>> _services;

    private RunningShop(
        string data,
        SpanReceiver receiver,
        DistributedApplication app,
        ShopParts parts,
        IReadOnlyDictionary<string, IResourceBuilder<ProjectResource>> services,
        NpgsqlDataSource inventoryDatabase,
        NpgsqlDataSource ordersDatabase)
    {
        _data = data;
        _receiver = receiver;
        _app = app;
        _services = services;
        InventoryDatabase = inventoryDatabase;
        OrdersDatabase = ordersDatabase;
        Parts = parts;
        Gateway = new() { BaseAddress = app.GetEndpoint("gateway") };
        Inventory = new() { BaseAddress = app.GetEndpoint("inventory") };
        State = new(inventoryDatabase, ordersDatabase);
    }

    /// <summary>Gets the shop's front door. It waits longer than the gateway's longest deadline, and repeats nothing.</summary>
    public HttpClient Gateway { get; }

    /// <summary>Gets inventory's own door, which the gateway keeps shut: for what an operator does.</summary>
    public HttpClient Inventory { get; }

    /// <summary>Gets inventory's database, as its owner.</summary>
    public NpgsqlDataSource InventoryDatabase { get; }

    /// <summary>Gets orders' database, as its owner.</summary>
    public NpgsqlDataSource OrdersDatabase { get; }

    /// <summary>Gets what reads both databases for the conservation check.</summary>
    public ShopStateReader State { get; }

    /// <summary>Gets the spans that the services exported so far.</summary>
    public IReadOnlyList<ReceivedSpan> Spans => _receiver.Spans;

    /// <summary>Gets what starts, stops and kills the parts.</summary>
    public ShopParts Parts { get; }

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
        var data = Directory.CreateTempSubdirectory("shop-").FullName;
        SpanReceiver? receiver = null;
        DistributedApplication? app = null;
        ShopParts? parts = null;
        try
        {
            receiver = await SpanReceiver.StartAsync(limit.Token);
            (app, var services) = await BuildAsync(receiver.Endpoint, [$"--Stores:Data={data}", .. args ?? []], configure, limit.Token);
            await app.StartAsync(limit.Token);
            parts = new(app);
            foreach (var part in (string[])["inventory", "orders", "gateway", "cache"])
            {
                await app.ResourceNotifications.WaitForResourceHealthyAsync(part, limit.Token);
                await parts.UntilHealthyAsync(part, limit.Token);
            }

            return new(data, receiver, app, parts, services, await ConnectAsync(app, "inventorydb"), await ConnectAsync(app, "ordersdb"));
        }
        catch
        {
            if (parts is not null)
            {
                await parts.DisposeAsync();
            }

            if (app is not null)
            {
                await app.DisposeAsync();
            }

            if (receiver is not null)
            {
                await receiver.DisposeAsync();
            }

            Directory.Delete(data, recursive: true);

            throw;
        }
    }

    /// <summary>Connects to one instance itself.</summary>
    /// <param name="part">Its name, or that of a service that has only one.</param>
    /// <returns>A client, to be disposed. After a restart the instance may listen somewhere else.</returns>
    public HttpClient ConnectTo(string part) => new() { BaseAddress = Parts.AddressOf(part) };

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
            await Parts.RestartAsync(service, cancellationToken);
        }
        finally
        {
            while (annotations.Count > usual)
            {
                annotations.RemoveAt(annotations.Count - 1);
            }
        }

        await Parts.UntilHealthyAsync(service, cancellationToken);
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
        await InventoryDatabase.DisposeAsync();
        await OrdersDatabase.DisposeAsync();
        await Parts.DisposeAsync();
        await _app.DisposeAsync();
        await _receiver.DisposeAsync();
        Directory.Delete(_data, recursive: true);
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
