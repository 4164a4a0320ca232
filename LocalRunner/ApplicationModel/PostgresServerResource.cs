namespace LocalRunner.ApplicationModel;

/// <summary>A PostgreSQL server.</summary>
/// <param name="name">The resource's name.</param>
public sealed class PostgresServerResource(string name) : Resource(name), IResourceWithConnectionString, IResourceWithWaitSupport;
