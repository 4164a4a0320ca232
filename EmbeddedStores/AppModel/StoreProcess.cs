namespace EmbeddedStores.AppModel;

/// <summary>Takes the place of a container resource in the model, and runs the store as a process.</summary>
/// <remarks>
/// It shares the annotations of the container resource, as Aspire's PublishAsDockerFile does in the other direction. So endpoints, health
/// checks, commands, icons and waits that are added to either belong to both.
/// </remarks>
/// <typeparam name="TStore">The type of the container resource.</typeparam>
/// <param name="store">The container resource.</param>
/// <param name="folder">The working directory.</param>
internal sealed class StoreProcess<TStore>(TStore store, string folder)
    : ExecutableResource(store.Name, OperatingSystem.IsWindows() ? "cmd" : "/usr/bin/env", folder), IResourceWithConnectionString
    where TStore : ContainerResource, IResourceWithConnectionString
{
    /// <summary>Gets the container resource.</summary>
    public TStore Store => store;

    /// <inheritdoc />
    public override ResourceAnnotationCollection Annotations => store.Annotations;

    /// <inheritdoc />
    public ReferenceExpression ConnectionStringExpression => store.ConnectionStringExpression;

    /// <inheritdoc />
    public ValueTask<string?> GetConnectionStringAsync(CancellationToken cancellationToken = default) => store.GetConnectionStringAsync(cancellationToken);
}
