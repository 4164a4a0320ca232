using System.Globalization;
using EmbeddedStores.Data;
using EmbeddedStores.Processes;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace EmbeddedStores.AppModel;

/// <summary>The stores of one app model, their settings and the data folder that they share.</summary>
internal sealed class StoreRegistry : IDisposable
{
    private readonly IDistributedApplicationBuilder _builder;
    private readonly List<EmbeddedStore> _stores = [];
    private readonly List<StoreFinding> _early = [];
    private readonly Lock _gate = new();
    private Task<IReadOnlyList<StoreFinding>>? _check;
    private DataFolder? _data;

    private StoreRegistry(IDistributedApplicationBuilder builder)
    {
        _builder = builder;
        DataPath = DataFolder.PathFor(builder.AppHostDirectory, builder.Configuration[DataFolder.Setting]);
        CacheFolder = builder.Configuration["Stores:Cache"] is { Length: > 0 } cache ? Path.GetFullPath(cache) : UserFolders.Cache;
        var stores = builder.Configuration["Stores"];
        IsContainers = string.Equals(stores, "containers", StringComparison.OrdinalIgnoreCase);
        if (!IsContainers && !string.IsNullOrEmpty(stores) && !string.Equals(stores, "processes", StringComparison.OrdinalIgnoreCase))
        {
            AddProblem($"Stores is '{stores}'. Set it to 'processes', which is the default, or to 'containers'.");
        }

        IsReset = ReadReset(builder.Configuration["Stores:Reset"]);
    }

    /// <summary>Gets whether Aspire's containers stay as they are.</summary>
    public bool IsContainers { get; }

    /// <summary>Gets whether the data is deleted before the start.</summary>
    public bool IsReset { get; }

    /// <summary>Gets the data folder's path.</summary>
    public string DataPath { get; }

    /// <summary>Gets the folder that keeps what was fetched.</summary>
    public string CacheFolder { get; }

    /// <summary>Gets the registry of an app model, and makes it the first time.</summary>
    /// <param name="builder">The app model's builder.</param>
    public static StoreRegistry Of(IDistributedApplicationBuilder builder)
    {
        if (builder.Services.FirstOrDefault(static service => service.ServiceType == typeof(Holder))?.ImplementationInstance is Holder { Registry: var known })
        {
            return known;
        }

        var registry = new StoreRegistry(builder);
        builder.Services.AddSingleton(new Holder(registry));
        builder.Services.AddSingleton(_ => registry); // from a factory, so that the container disposes of it
        if (builder.ExecutionContext.IsRunMode)
        {
            builder.Eventing.Subscribe<BeforeStartEvent>((start, cancellationToken) => registry.BeginAsync(start.Services, cancellationToken));
        }

        return registry;
    }

    /// <summary>Adds a store that is started as a process or given.</summary>
    /// <param name="store">The store.</param>
    public void Add(EmbeddedStore store) => _stores.Add(store);

    /// <summary>Adds a problem that is known before the checks.</summary>
    /// <param name="text">What is wrong and how to mend it.</param>
    public void AddProblem(string text) => _early.Add(new(IsProblem: true, text));

    /// <summary>Finds a store of this app model.</summary>
    /// <param name="name">Its name.</param>
    /// <returns>The store, or null when none of that name runs as a process.</returns>
    public EmbeddedStore? Find(string name) => _stores.Find(store => store.Name == name);

    /// <summary>Gets whether the settings of a store can't be read, so that it was not added.</summary>
    /// <param name="name">Its name.</param>
    public bool HasProblemWith(string name) =>
        _early.Exists(finding => finding.Text.StartsWith($"ConnectionStrings__{name} ", StringComparison.Ordinal));

    /// <summary>Opens the data folder the first time.</summary>
    /// <exception cref="StoreException">It can't be used, or another AppHost holds it.</exception>
    public DataFolder OpenData()
    {
        lock (_gate)
        {
            return _data ??= DataFolder.Open(DataPath);
        }
    }

    /// <summary>Makes the checks the first time.</summary>
    /// <param name="cancellationToken">Ends the checks.</param>
    public Task<IReadOnlyList<StoreFinding>> CheckAsync(CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            return _check is null or { IsCanceled: true } or { IsFaulted: true } ? _check = RunChecksAsync(cancellationToken) : _check;
        }
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _stores.ForEach(static store => store.Dispose());
        _data?.Dispose();
    }

    private bool ReadReset(string? text)
    {
        if (string.IsNullOrEmpty(text) || bool.TryParse(text, out _))
        {
            return bool.TryParse(text, out var reset) && reset;
        }

        AddProblem($"Stores:Reset is '{text}'. Set it to true, which deletes the data before the start, or to false.");
        return false;
    }

    private async Task<IReadOnlyList<StoreFinding>> RunChecksAsync(CancellationToken cancellationToken)
    {
        if (_builder.ExecutionContext.IsPublishMode)
        {
            return [];
        }

        var findings = new List<StoreFinding>(_early);
        var started = _stores.Where(static store => !store.IsGiven).ToList();
        if (started.Count > 0)
        {
            if (OpenFileLimit.ReadHard() is { } limit and < OpenFileLimit.Needed)
            {
                findings.Add(new(IsProblem: true, string.Create(
                    CultureInfo.InvariantCulture,
                    $"This process may open {limit} files; the orchestrator and the stores need {OpenFileLimit.Needed}. Run `ulimit -n 4096` in the shell before the start.")));
            }

            Collect(findings, () => _ = OpenData());
        }

        foreach (var each in await Task.WhenAll(started.Select(store => CheckAsync(store, cancellationToken))))
        {
            findings.AddRange(each);
        }

        return [.. findings.Distinct().OrderBy(static finding => !finding.IsProblem)];
    }

    private async Task<IReadOnlyList<StoreFinding>> CheckAsync(EmbeddedStore store, CancellationToken cancellationToken)
    {
        var findings = new List<StoreFinding>();
        try
        {
            await store.CheckAsync(this, warning => findings.Add(new(IsProblem: false, warning)), cancellationToken);
        }
        catch (StoreException problem)
        {
            findings.Add(new(IsProblem: true, problem.Message));
        }

        return findings;
    }

    private static void Collect(List<StoreFinding> findings, Action check)
    {
        try
        {
            check();
        }
        catch (StoreException problem)
        {
            findings.Add(new(IsProblem: true, problem.Message));
        }
    }

    private async Task BeginAsync(IServiceProvider services, CancellationToken cancellationToken)
    {
        services.GetRequiredService<StoreRegistry>(); // so that the container disposes of it
        var findings = await CheckAsync(cancellationToken);
        var problems = findings.Where(static finding => finding.IsProblem).Select(static finding => finding.Text).ToList();
        if (problems.Count > 0)
        {
            throw new StoreException(string.Join(Environment.NewLine, problems));
        }

        var log = services.GetRequiredService<ILoggerFactory>().CreateLogger("EmbeddedStores");
        foreach (var warning in findings)
        {
            log.LogWarning("{Warning}", warning.Text);
        }

        var started = _stores.Where(static store => !store.IsGiven).ToList();
        if (started.Count > 0)
        {
            var data = OpenData();
            if (IsReset)
            {
                foreach (var store in started)
                {
                    await store.EndLeftoversAsync(data, cancellationToken);
                }

                data.Reset();
                log.LogInformation("The data in {Folder} was deleted.", data.FullPath);
            }

            foreach (var store in started)
            {
                await store.OpenAsync(this, data, services, cancellationToken);
            }
        }
    }

    /// <summary>Marks the registry in the service collection, where a factory's result can't be looked up.</summary>
    private sealed record Holder(StoreRegistry Registry);
}
