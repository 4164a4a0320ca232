namespace LocalRunner.ApplicationModel;

/// <summary>A database in a PostgreSQL server.</summary>
/// <param name="name">The resource's name.</param>
/// <param name="databaseName">What the server calls it.</param>
/// <param name="postgresParentResource">The server that it is in.</param>
public sealed class PostgresDatabaseResource(string name, string databaseName, PostgresServerResource postgresParentResource)
    : Resource(name), IResourceWithParent<PostgresServerResource>, IResourceWithConnectionString
{
    /// <summary>Gets what the server calls it.</summary>
    public string DatabaseName { get; } = databaseName;

    /// <inheritdoc />
    public PostgresServerResource Parent { get; } = postgresParentResource;
}
