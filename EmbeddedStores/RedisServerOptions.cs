using EmbeddedStores.Processes;

namespace EmbeddedStores;

/// <summary>Says how a <see cref="RedisServer"/> runs.</summary>
/// <param name="DataFolder">The folder for its configuration and its password. It must be empty, missing, or a data folder of this library.</param>
public sealed record RedisServerOptions(string DataFolder)
{
    /// <summary>Gets the port that it listens on, on 127.0.0.1.</summary>
    /// <value>Null by default: a free port is reserved.</value>
    public int? Port { get; init; }

    /// <summary>Gets the folders in which redis-server is searched. Without one, Garnet is used.</summary>
    /// <value>PATH by default.</value>
    public IEnumerable<string> SearchFolders { get; init; } = Executables.PathFolders;

    /// <summary>Gets the folder that keeps an installed Garnet.</summary>
    /// <value>The user's cache folder by default.</value>
    public string CacheFolder { get; init; } = UserFolders.Cache;

    /// <summary>Gets what receives the lines of the server and of the programs that prepare it.</summary>
    /// <value>Null by default: the lines are dropped.</value>
    public Action<string>? Output { get; init; }
}
