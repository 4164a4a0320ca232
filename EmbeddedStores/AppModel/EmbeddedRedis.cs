using EmbeddedStores.Data;
using EmbeddedStores.Processes;
using EmbeddedStores.Redis;

namespace EmbeddedStores.AppModel;

/// <summary>Redis in an app model.</summary>
/// <param name="resource">The resource that Aspire would run as a container.</param>
/// <param name="given">The connection string of a server that is given; null when a process is started.</param>
/// <param name="port">The port for the process.</param>
internal sealed class EmbeddedRedis(RedisResource resource, string? given, int port) : EmbeddedStore(resource, given)
{
    private RedisServer? _server;

    /// <inheritdoc />
    public override StoreCommand Command => _server!.Command;

    /// <inheritdoc />
    public override string ResetDescription => "The server starts again, empty.";

    /// <inheritdoc />
    public override async Task CheckAsync(StoreRegistry registry, Action<string> warn, CancellationToken cancellationToken)
    {
        if (await RedisServer.FindAsync(Options(registry), warn, cancellationToken) is null && DotNetHost.Find() is null)
        {
            throw new StoreException(
                $"{Name}: redis-server was not found, and there is no dotnet to install Garnet with. Install redis-server or the .NET SDK, "
                + $"or set ConnectionStrings__{Name} to a server that runs.");
        }
    }

    /// <inheritdoc />
    public override Task EndLeftoversAsync(DataFolder data, CancellationToken cancellationToken) => Task.CompletedTask; // it keeps no files open in the folder

    /// <inheritdoc />
    public override Task PrepareAsync(CancellationToken cancellationToken) => _server!.PrepareAsync(cancellationToken);

    /// <inheritdoc />
    public override async Task<StoreFailure?> AskAsync(CancellationToken cancellationToken)
    {
        var failure = await RedisProbe.AskAsync(Given ?? (await resource.GetConnectionStringAsync(cancellationToken))!);
        return failure is { IsLasting: true }
            ? failure with { Text = $"{failure.Text} {(IsGiven ? $"Correct ConnectionStrings__{Name}." : "Stop the other server that listens there.")}" }
            : failure;
    }

    /// <inheritdoc />
    public override void Dispose() => LoopbackPorts.Release(port);

    /// <inheritdoc />
    protected override async Task OpenAsync(StoreRegistry registry, DataFolder data, CancellationToken cancellationToken)
    {
        var password = resource.PasswordParameter is { } parameter ? await parameter.GetValueAsync(cancellationToken) : "";
        _server = new(Options(registry) with { Output = Note }, data, Name, password);
    }

    private RedisServerOptions Options(StoreRegistry registry) => new(registry.DataPath) { Port = port, CacheFolder = registry.CacheFolder };
}
