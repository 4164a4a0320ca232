using EmbeddedStores.Postgres;
using EmbeddedStores.Processes;

namespace EmbeddedStores;

/// <summary>Says how a <see cref="PostgresServer"/> runs.</summary>
/// <param name="DataFolder">The folder for its data and its password. It must be empty, missing, or a data folder of this library.</param>
public sealed record PostgresServerOptions(string DataFolder)
{
    /// <summary>Gets the port that it listens on, on 127.0.0.1.</summary>
    /// <value>Null by default: a free port is reserved.</value>
    public int? Port { get; init; }

    /// <summary>Gets server settings that replace or extend the library's own.</summary>
    /// <value>Names and values as in postgresql.conf, such as <c>max_connections</c> and <c>20</c>. Nothing by default.</value>
    public IReadOnlyDictionary<string, string> Settings { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>Gets the folders in which initdb and postgres are searched.</summary>
    /// <value>PATH and the platform's usual folders by default.</value>
    public IEnumerable<string> SearchFolders { get; init; } = PostgresInstallation.UsualFolders;

    /// <summary>Gets the folder that keeps a PostgreSQL that npm fetched.</summary>
    /// <value>The user's cache folder by default.</value>
    public string CacheFolder { get; init; } = UserFolders.Cache;

    /// <summary>Gets what receives the lines of the server and of the programs that prepare it.</summary>
    /// <value>Null by default: the lines are dropped.</value>
    public Action<string>? Output { get; init; }
}
