using LocalRunner.Processes;
using Microsoft.Extensions.Configuration;

namespace LocalRunner.Preflight;

/// <summary>Says what the start will need.</summary>
/// <param name="DataPath">Where the data is kept.</param>
/// <param name="Configuration">May hold connection strings of stores that are given.</param>
internal sealed record PreflightRequest(string DataPath, IConfiguration Configuration)
{
    /// <summary>Gets the data directory, where it is open already; else the check tries to open it.</summary>
    public DataDirectory? Data { get; init; }

    /// <summary>Gets whether the data will be deleted before the start, so that it need not fit.</summary>
    public bool IsReset { get; init; }

    /// <summary>Gets whether there is a PostgreSQL in the model.</summary>
    public bool NeedsPostgres { get; init; }

    /// <summary>Gets the name of the Redis in the model; null when there is none.</summary>
    public string? Redis { get; init; }

    /// <summary>Gets the ports that are asked for by number.</summary>
    public IReadOnlyList<FixedPort> Ports { get; init; } = [];

    /// <summary>Gets the folders to look for PostgreSQL in.</summary>
    public IEnumerable<string> PostgresFolders { get; init; } = Stores.PostgresBinaries.UsualFolders;

    /// <summary>Gets the folders to look for redis-server in.</summary>
    public IEnumerable<string> RedisFolders { get; init; } = Executables.PathFolders;
}
