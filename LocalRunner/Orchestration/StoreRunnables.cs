using LocalRunner.Processes;
using LocalRunner.Stores;
using Npgsql;

namespace LocalRunner.Orchestration;

#pragma warning disable MA0048 // Three thin adapters, alike: the stores do the work.

/// <summary>A PostgreSQL server.</summary>
internal sealed class PostgresRunnable(PostgresServer server) : IRunnable
{
    public Task PrepareAsync(Action<OutputLine> output, CancellationToken cancellationToken) => server.PrepareAsync(output, cancellationToken);

    public ChildProcess? Start(Action<OutputLine> output) => server.Start(output);

    public Task<bool> IsHealthyAsync(CancellationToken cancellationToken) => server.IsReadyAsync(cancellationToken);
}

/// <summary>A database in a PostgreSQL server.</summary>
internal sealed class DatabaseRunnable(PostgresServer server, string database) : IRunnable
{
    public async Task PrepareAsync(Action<OutputLine> output, CancellationToken cancellationToken)
    {
        try
        {
            await server.EnsureDatabaseAsync(database, cancellationToken);
        }
        catch (NpgsqlException failure)
        {
            throw new LocalRunnerException($"The database {database} can't be made in {server.Description} ({failure.Message.TrimEnd('.')}). Check the server.", failure);
        }
    }

    public ChildProcess? Start(Action<OutputLine> output) => null;

    public Task<bool> IsHealthyAsync(CancellationToken cancellationToken) => server.IsReadyAsync(cancellationToken);
}

/// <summary>A Redis server.</summary>
internal sealed class RedisRunnable(RedisServer server) : IRunnable
{
    public Task PrepareAsync(Action<OutputLine> output, CancellationToken cancellationToken) => server.PrepareAsync(output, cancellationToken);

    public ChildProcess? Start(Action<OutputLine> output) => server.Start(output);

    public Task<bool> IsHealthyAsync(CancellationToken cancellationToken) => server.IsReadyAsync(cancellationToken);
}
