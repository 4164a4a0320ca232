using System.Diagnostics;
using Dapper;
using Npgsql;
using Xunit;

namespace Services.Tests;

/// <summary>Somebody else's transaction in a service's database, such as an operator's: it takes locks in its own order, and is never the one that a deadlock ends.</summary>
internal sealed class RowLocks : IAsyncDisposable
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(30);

    private readonly NpgsqlConnection _owner;
    private readonly NpgsqlConnection _watch;
    private NpgsqlTransaction _transaction = null!;

    private RowLocks(NpgsqlConnection owner, NpgsqlConnection watch) => (_owner, _watch) = (owner, watch);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static async Task<RowLocks> BeginAsync(string address)
    {
        var locks = new RowLocks(await OpenAsync(address), await OpenAsync(address));
        await locks._owner.ExecuteAsync("set deadlock_timeout = '1 h'"); // who looks for deadlocks is who is ended by them
        locks._transaction = await locks._owner.BeginTransactionAsync(Token);
        return locks;
    }

    /// <summary>Locks rows, waiting for those who have them.</summary>
    public Task TakeAsync(string sql, object? parameters = null) => _owner.ExecuteAsync(new CommandDefinition(sql, parameters, _transaction, cancellationToken: Token));

    public Task CommitAsync() => _transaction.CommitAsync(Token);

    /// <summary>Waits until so many of a role's sessions wait for a lock.</summary>
    public async Task UntilWaitingAsync(string role, int sessions = 1)
    {
        var began = Stopwatch.GetTimestamp();
        while (await _watch.ExecuteScalarAsync<long>(
            "select count(*) from pg_stat_activity where datname = current_database() and usename = @role and wait_event_type = 'Lock'", new { role }) < sessions)
        {
            Assert.True(Stopwatch.GetElapsedTime(began) < _patience, $"No session of {role} waits for a lock.");
            await Task.Delay(TimeSpan.FromMilliseconds(5), Token);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _transaction.DisposeAsync();
        await _owner.DisposeAsync();
        await _watch.DisposeAsync();
    }

    private static async Task<NpgsqlConnection> OpenAsync(string address)
    {
        var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(address) { Pooling = false }.ConnectionString);
        await connection.OpenAsync(Token);
        return connection;
    }
}
