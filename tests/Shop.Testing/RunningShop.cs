using System.Net;
using System.Net.Sockets;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;
using Lab.Conservation;
using Lab.Running;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Npgsql;
using Shop.Testing.Tracing;

namespace Shop.Testing;

/// <summary>The real AppHost with everything it starts: PostgreSQL, Redis, inventory, two orders and the gateway.</summary>
public sealed class RunningShop : IShop, IAsyncDisposable
{
    private static readonly TimeSpan _startWithin = TimeSpan.FromMinutes(3); // the first run may have to fetch PostgreSQL
    private readonly string _data;
    private readonly SpanReceiver _receiver;
    private readonly DistributedApplication _app;
    private readonly IReadOnlyDictionary<string, IResourceBuilder<ProjectResource>> _services;
    private readonly Lazy<HttpClient> _faultProxy;

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
        _faultProxy = new(() => ConnectTo("faultproxy"));
    }

    /// <inheritdoc />
    public HttpClient Gateway { get; }

    /// <inheritdoc />
    public HttpClient Inventory { get; }

    /// <inheritdoc />
    /// <remarks>Only a shop that was started with <c>--Faults:Proxy=true</c> has one.</remarks>
    public HttpClient FaultProxy => _faultProxy.Value;

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
            // Without recovery: what an experiment kills stays dead until it is started again.
            (app, var services) = await BuildAsync(receiver.Endpoint, [$"--Stores:Data={data}", "--Recovery:Mode=Off", .. args ?? []], configure, limit.Token);
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

    /// <inheritdoc />
    public HttpClient ConnectTo(string instance) => new() { BaseAddress = Parts.AddressOf(instance) };

    /// <inheritdoc />
    public IReadOnlyList<string> InstancesOf(string part) => Parts.InstancesOf(part);

    /// <inheritdoc />
    public int ProcessIdOf(string part) => Parts.ProcessIdOf(part);

    /// <inheritdoc />
    public Task KillAsync(string part, CancellationToken cancellationToken) => Parts.KillAsync(part, cancellationToken);

    /// <inheritdoc />
    public Task StartAsync(string part, CancellationToken cancellationToken) => Parts.StartAsync(part, cancellationToken);

    /// <inheritdoc />
    public Task UntilHealthyAsync(string part, CancellationToken cancellationToken) => Parts.UntilHealthyAsync(part, cancellationToken);

    /// <inheritdoc />
    public async Task RestartAsync(string part, CancellationToken cancellationToken, params (string Name, string Value)[] environment)
    {
        ArgumentNullException.ThrowIfNull(environment);
        if (environment.Length > 0)
        {
            await RestartWithAsync(_services[part], environment, cancellationToken);
        }
        else
        {
            await Parts.RestartAsync(part, cancellationToken);
        }

        await Parts.UntilHealthyAsync(part, cancellationToken);
    }

    /// <inheritdoc />
    public Task PauseAsync(string part, CancellationToken cancellationToken) => Parts.PauseAsync(part);

    /// <inheritdoc />
    public Task ResumeAsync(string part, CancellationToken cancellationToken) => Parts.ResumeAsync(part);

    /// <inheritdoc />
    public async Task<IAsyncDisposable> LockStockAsync(string sku, CancellationToken cancellationToken)
    {
        var connection = await InventoryDatabase.OpenConnectionAsync(cancellationToken);
        try
        {
            await connection.BeginTransactionAsync(cancellationToken); // ends with its connection
            await using var command = new NpgsqlCommand("select 1 from stock where sku = $1 for update", connection) { Parameters = { new() { Value = sku } } };
            await command.ExecuteScalarAsync(cancellationToken);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    /// <inheritdoc />
    public Task<ShopState> ReadStateAsync(CancellationToken cancellationToken) => State.ReadAsync(cancellationToken);

    /// <inheritdoc />
    public IReadOnlyList<ServedRequest> RequestsTo(string service) =>
    [
        .. from span in _receiver.Spans
           where span.Service == service && span.Attributes.ContainsKey("url.path") && span.Attributes.ContainsKey("http.request.method")
           select new ServedRequest(span.Attributes["http.request.method"], span.Attributes["url.path"], span.Instance),
    ];

    /// <summary>Waits until no order is under way any more, and reads what the databases hold then.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The state; after the 10 s that invariant I9 allows, the state as it is, which the check then objects to.</returns>
    public Task<ShopState> WaitUntilIdleAsync(CancellationToken cancellationToken) => IdleShop.ReadAsync(State.ReadAsync, TimeProvider.System, cancellationToken);

    /// <summary>Gets how the owner of all databases connects to one of them.</summary>
    /// <param name="database">The database's resource name in the AppHost.</param>
    /// <returns>The connection string, to change at will.</returns>
    public async Task<NpgsqlConnectionStringBuilder> ConnectionStringAsync(string database) => new(await _app.GetConnectionStringAsync(database));

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        Gateway.Dispose();
        Inventory.Dispose();
        if (_faultProxy.IsValueCreated)
        {
            FaultProxy.Dispose();
        }

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
        if (services.TryGetValue("faultproxy", out var faultProxy))
        {
            ChoosePorts(faultProxy.Resource);
        }

        builder.Services.AddLogging(static logging => logging.AddFilter("AppHost.Resources", LogLevel.None)); // ShopParts.OutputOfAsync has it
        configure?.Invoke(builder);
        return (await builder.BuildAsync(cancellationToken), services);
    }

    private async Task RestartWithAsync(IResourceBuilder<ProjectResource> service, (string Name, string Value)[] environment, CancellationToken cancellationToken)
    {
        var annotations = service.Resource.Annotations;
        var usual = annotations.ToHashSet();
        foreach (var (name, value) in environment)
        {
            service.WithEnvironment(name, value);
        }

        try
        {
            await Parts.RestartAsync(service.Resource.Name, cancellationToken);
        }
        finally
        {
            foreach (var added in annotations.Where(annotation => !usual.Contains(annotation)).ToList())
            {
                annotations.Remove(added);
            }
        }
    }

    // The testing host makes only those endpoints random that its own proxy stands in front of; fixed ones would allow one shop on a machine.
    private static void ChoosePorts(ProjectResource faultProxy)
    {
        foreach (var edge in faultProxy.Annotations.OfType<EndpointAnnotation>().Where(static endpoint => endpoint is { IsProxied: false, Port: not null }))
        {
            using var free = new TcpListener(IPAddress.Loopback, port: 0);
            free.Start();
            edge.Port = edge.TargetPort = ((IPEndPoint)free.LocalEndpoint).Port;
        }
    }

    // Without a pool: a check looks at what the server holds now, and a connection kept from before it was killed is none.
    private static async Task<NpgsqlDataSource> ConnectAsync(DistributedApplication app, string database) =>
        NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(await app.GetConnectionStringAsync(database)) { Pooling = false });
}
