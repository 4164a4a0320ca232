using EmbeddedStores.Data;
using EmbeddedStores.Processes;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace EmbeddedStores.AppModel;

/// <summary>A store of an app model.</summary>
/// <param name="resource">The resource that Aspire would run as a container.</param>
/// <param name="given">The connection string of a server that is given; null when a process is started.</param>
internal abstract class EmbeddedStore(IResource resource, string? given) : IDisposable
{
    private Action<string> _output = static _ => { };

    /// <summary>Gets the resource's name.</summary>
    public string Name => resource.Name;

    /// <summary>Gets whether a server is given, so that no process is started.</summary>
    public bool IsGiven => given is not null;

    /// <summary>Gets the connection string of the server that is given.</summary>
    protected string? Given => given;

    /// <summary>Gets how the process is started; after <see cref="PrepareAsync"/>.</summary>
    public abstract StoreCommand Command { get; }

    /// <summary>Gets the sentence that describes a reset on the dashboard.</summary>
    public abstract string ResetDescription { get; }

    /// <summary>Makes this store's checks.</summary>
    /// <param name="registry">The app model's stores.</param>
    /// <param name="warn">Is called with a sentence for each warning.</param>
    /// <param name="cancellationToken">Ends the checks.</param>
    /// <exception cref="StoreException">The start is impossible.</exception>
    public abstract Task CheckAsync(StoreRegistry registry, Action<string> warn, CancellationToken cancellationToken);

    /// <summary>Ends what an AppHost that was killed left running.</summary>
    public abstract Task EndLeftoversAsync(DataFolder data, CancellationToken cancellationToken);

    /// <summary>Makes ready for the first start.</summary>
    public async Task OpenAsync(StoreRegistry registry, DataFolder data, IServiceProvider services, CancellationToken cancellationToken)
    {
        var log = services.GetRequiredService<ResourceLoggerService>().GetLogger(Name);
        _output = line => log.LogInformation("{Line}", line);
        await OpenAsync(registry, data, cancellationToken);
    }

    /// <summary>Makes a start possible. It is called before each start.</summary>
    public abstract Task PrepareAsync(CancellationToken cancellationToken);

    /// <summary>Asks the server whether it works.</summary>
    /// <returns>Null when it does, else what is wrong.</returns>
    public abstract Task<StoreFailure?> AskAsync(CancellationToken cancellationToken);

    /// <summary>Does what is due each time that the store has become healthy.</summary>
    public virtual Task CompleteAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Helps the orchestrator, whose SIGTERM does not stop every store fast.</summary>
    public virtual void StopFast()
    {
    }

    /// <summary>Deletes the data, with the process stopped.</summary>
    public virtual Task DeleteDataAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc />
    public abstract void Dispose();

    /// <summary>Makes the server of this store.</summary>
    protected abstract Task OpenAsync(StoreRegistry registry, DataFolder data, CancellationToken cancellationToken);

    /// <summary>Writes a line to the resource's log.</summary>
    protected void Note(string line) => _output(line);
}
