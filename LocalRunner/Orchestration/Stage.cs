using LocalRunner.ApplicationModel;
using LocalRunner.Preflight;
using LocalRunner.Processes;
using LocalRunner.Stores;

namespace LocalRunner.Orchestration;

/// <summary>What one start of an application stands on: its data, its processes, the chosen ports, and an <see cref="Instance"/> for each of its parts.</summary>
internal sealed class Stage : IAsyncDisposable
{
    private readonly DistributedApplicationBuilder _builder;
    private readonly HostingMode _mode;
    private readonly DataDirectory _data;
    private readonly ProcessSupervisor _supervisor;
    private readonly TimeProvider _clock;
    private readonly HttpClient _http = new(new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false, ActivityHeadersPropagator = null });
    private readonly List<Instance> _instances = [];
    private readonly Dictionary<IResource, PostgresServer> _postgres = [];
    private readonly Dictionary<IResource, RedisServer> _redis = [];
    private readonly Dictionary<IResource, LaunchProfile> _profiles = [];
    private readonly Dictionary<IResource, IReadOnlyList<Uri>> _endpoints = [];
    private readonly Dictionary<(IResource, string), Uri> _furtherEndpoints = [];

    private Stage(DistributedApplicationBuilder builder, HostingMode mode, DataDirectory data, TimeProvider clock)
    {
        _builder = builder;
        _mode = mode;
        _data = data;
        _clock = clock;
        _supervisor = new(data, clock);
    }

    public IReadOnlyList<Instance> Instances => _instances;

    /// <summary>Takes the data directory, ends what a dead AppHost left in it, looks at what a start needs, and chooses all ports.</summary>
    /// <param name="builder">What the AppHost described.</param>
    /// <param name="mode">For whom it runs.</param>
    /// <param name="notifications">What is told of each change.</param>
    /// <param name="clock">Tells the time.</param>
    /// <param name="reset">Whether to delete the data of earlier starts.</param>
    /// <param name="inspect">Shows a person what the pre-flight found, and says whether to go on; null for none.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>The stage; null when <paramref name="inspect"/> said not to go on.</returns>
    public static async Task<Stage?> SetAsync(
        DistributedApplicationBuilder builder,
        HostingMode mode,
        ResourceNotificationService notifications,
        TimeProvider clock,
        bool reset,
        Func<IReadOnlyList<PreflightFinding>, bool>? inspect,
        CancellationToken cancellationToken)
    {
        var profiles = builder.Resources.OfType<ProjectResource>().ToDictionary(static service => service, static service => LaunchProfile.Read(ProjectOf(service).ProjectPath));
        var request = new PreflightRequest(DataDirectory.PathFor(builder.AppHostDirectory), builder.Configuration)
        {
            NeedsPostgres = builder.Resources.OfType<PostgresServerResource>().Any(),
            Redis = builder.Resources.OfType<RedisResource>().FirstOrDefault()?.Name,
            Ports = [.. profiles.Where(static entry => HasPortOfItsOwn(entry.Key)).SelectMany(static entry => FixedPortsOf(entry.Key, entry.Value))],
        };
        Stage stage;
        try
        {
            var path = mode is HostingMode.Test ? TestData.Create(clock) : request.DataPath;
            stage = new(builder, mode, DataDirectory.Open(path), clock);
        }
        catch (LocalRunnerException) when (inspect is not null)
        {
            inspect(await PreflightChecks.RunAsync(request, cancellationToken)); // which tells of this, and of all else
            return null;
        }

        try
        {
            await stage._supervisor.Swept.WaitAsync(cancellationToken); // what it ended may have held ports and data
            if (inspect is not null && !inspect(await PreflightChecks.RunAsync(request with { Data = stage._data }, cancellationToken)))
            {
                await stage.DisposeAsync();
                return null;
            }

            if (reset)
            {
                stage._data.Reset();
            }

            stage.Fill(profiles, notifications);
            return stage;
        }
        catch
        {
            await stage.DisposeAsync();
            throw;
        }
    }

    public IEnumerable<Instance> InstancesOf(IResource resource) => _instances.Where(instance => instance.Resource == resource);

    public Uri? EndpointOf(Instance instance) =>
        _endpoints.TryGetValue(instance.Resource, out var endpoints) ? endpoints[InstancesOf(instance.Resource).ToList().IndexOf(instance)] : null;

    /// <summary>Says where an endpoint is: that of the launch profile, called <c>http</c>, or one that the AppHost added.</summary>
    public Uri AddressOf(EndpointReference endpoint) =>
        endpoint.EndpointName == "http" && _endpoints.TryGetValue(endpoint.Resource, out var own) ? own[0]
        : _furtherEndpoints.TryGetValue((endpoint.Resource, endpoint.EndpointName), out var further) ? further
        : throw new LocalRunnerException(
            $"'{endpoint.Resource.Name}' has no endpoint called '{endpoint.EndpointName}'. Add it in AppHost/Program.cs, with WithHttpEndpoint.");

    public LaunchProfile? ProfileOf(IResource resource) => _profiles.GetValueOrDefault(resource);

    public Connection ConnectionOf(IResource resource) => resource switch
    {
        PostgresDatabaseResource database => ToPostgres(_postgres[database.Parent], database.DatabaseName),
        RedisResource => Connection.ToRedis(_redis[resource].ConnectionString, _redis[resource].Host, _redis[resource].Port, _redis[resource].Password),
        _ => ToPostgres(_postgres[resource], database: null),
    };

    public async ValueTask DisposeAsync()
    {
        await _supervisor.DisposeAsync();
        foreach (var instance in _instances)
        {
            instance.Dispose();
        }

        _http.Dispose();
        _data.Dispose();
        if (_mode is HostingMode.Test)
        {
            Directory.Delete(_data.FullPath, recursive: true);
        }
    }

    private static IEnumerable<FixedPort> FixedPortsOf(ProjectResource service, LaunchProfile profile) =>
        service.Annotations.OfType<EndpointAnnotation>().Select(static further => further.Port).OfType<int>().Prepend(profile.Port)
            .Select(port => new FixedPort(service.Name, port));

    // A launch profile has one port, so replicas get none of it.
    private static bool HasPortOfItsOwn(ProjectResource service) => InstanceNames.Of(service) is [var only] && only == service.Name;

    private static Connection ToPostgres(PostgresServer server, string? database) =>
        Connection.ToPostgres(server.ConnectionString(database), server.Host, server.Port, server.UserName, server.Password, database);

    private static IProjectMetadata ProjectOf(ProjectResource service) => service.Annotations.OfType<ProjectAnnotation>().Single().Metadata;

    private static string[] Inherited() => [.. Environment.GetEnvironmentVariables().Keys.Cast<string>()];

    private void Fill(Dictionary<ProjectResource, LaunchProfile> profiles, ResourceNotificationService notifications)
    {
        foreach (var (service, profile) in profiles)
        {
            _profiles[service] = profile;
        }

        // All ports before anything starts: a service is told where the others will be, whether or not they are there yet.
        foreach (var service in profiles.Keys)
        {
            _endpoints[service] = [.. InstanceNames.Of(service).Select(_ => AddressOf(PortFor(service)))];
            foreach (var further in service.Annotations.OfType<EndpointAnnotation>())
            {
                _furtherEndpoints[(service, further.Name)] = AddressOf(PortFor(further));
            }
        }

        foreach (var resource in _builder.Resources)
        {
            var names = InstanceNames.Of(resource);
            for (var index = 0; index < names.Count; index++)
            {
                _instances.Add(new(resource, names[index], RunnableFor(resource, names[index], index), notifications, _clock));
            }
        }
    }

    private static Uri AddressOf(int port) => new UriBuilder(Uri.UriSchemeHttp, "localhost", port).Uri;

    private int PortFor(EndpointAnnotation further) => further.Port is { } wanted && _mode is not HostingMode.Test
        ? PortChoice.Near(wanted, [.. _furtherEndpoints.Values.Select(static chosen => chosen.Port)], PortAllocator.IsFree)
        : PortAllocator.Next();

    // Tests that run side by side would share the ports of the launch profiles.
    private int PortFor(ProjectResource service)
    {
        if (_mode is HostingMode.Test || !HasPortOfItsOwn(service))
        {
            return PortAllocator.Next();
        }

        var others = _profiles.Values.Select(static profile => profile.Port).Concat(_endpoints.Values.SelectMany(static chosen => chosen).Select(static uri => uri.Port));
        return PortChoice.Near(_profiles[service].Port, [.. others], PortAllocator.IsFree);
    }

    private IRunnable RunnableFor(IResource resource, string name, int index)
    {
        switch (resource)
        {
            case PostgresServerResource:
                _postgres[resource] = new(_data, _supervisor, _clock, _builder.Configuration);
                return new PostgresRunnable(_postgres[resource]);
            case PostgresDatabaseResource database:
                return new DatabaseRunnable(_postgres[database.Parent], database.DatabaseName);
            case RedisResource:
                _redis[resource] = new(name, _data, _supervisor, _clock, _builder.Configuration);
                return new RedisRunnable(_redis[resource]);
            case ProjectResource service:
                var endpoint = _endpoints[service][index];
                return new ProjectRunnable(name, ProjectOf(service), endpoint, [.. service.Annotations.OfType<HttpHealthCheckAnnotation>()], Contract, _supervisor, _http);

                IReadOnlyDictionary<string, string?> Contract() => ServiceEnvironment.Build(
                    service, index, _profiles[service], endpoint, ConnectionOf, other => _endpoints[other], AddressOf, Inherited());
            default:
                throw new LocalRunnerException($"LocalRunner can't run '{name}', a {resource.GetType().Name}. It knows PostgreSQL, Redis and projects.");
        }
    }
}
