using System.Data;
using System.Data.Common;
using System.Diagnostics.CodeAnalysis;

namespace Resilience.ConnectionPools;

/// <summary>A provider's command that runs on the physical connection that its connection has borrowed, and on no other.</summary>
internal sealed class PooledCommand(DbCommand inner) : DbCommand
{
    private PooledConnection? _connection;
    private PooledTransaction? _transaction;

    [AllowNull]
    public override string CommandText
    {
        get => inner.CommandText;
#pragma warning disable CA2100 // Handed on as it came: whoever put it together answers for it.
        set => inner.CommandText = value;
#pragma warning restore CA2100
    }

    public override int CommandTimeout
    {
        get => inner.CommandTimeout;
        set => inner.CommandTimeout = value;
    }

    public override CommandType CommandType
    {
        get => inner.CommandType;
        set => inner.CommandType = value;
    }

    public override bool DesignTimeVisible
    {
        get => inner.DesignTimeVisible;
        set => inner.DesignTimeVisible = value;
    }

    public override UpdateRowSource UpdatedRowSource
    {
        get => inner.UpdatedRowSource;
        set => inner.UpdatedRowSource = value;
    }

    protected override DbConnection? DbConnection
    {
        get => _connection;
        set => _connection = value is null or PooledConnection
            ? (PooledConnection?)value
            : throw new InvalidOperationException("A command of a pooled data source runs on connections of pooled data sources only.");
    }

    protected override DbParameterCollection DbParameterCollection => inner.Parameters;

    protected override DbTransaction? DbTransaction
    {
        get => _transaction;
        set => _transaction = value is null or PooledTransaction
            ? (PooledTransaction?)value
            : throw new InvalidOperationException("A command of a pooled data source takes part in transactions of its own connection only.");
    }

    // Not what somebody else runs on the physical connection after this one's loan.
    public override void Cancel()
    {
        if (_connection is { State: ConnectionState.Open } && ReferenceEquals(inner.Connection, _connection.Physical))
        {
            inner.Cancel();
        }
    }

    public override void Prepare() => Run(static command =>
    {
        command.Prepare();
        return true;
    });

    public override Task PrepareAsync(CancellationToken cancellationToken = default) => RunAsync(
        static async (command, cancellationToken) =>
        {
            await command.PrepareAsync(cancellationToken).ConfigureAwait(false);
            return true;
        },
        cancellationToken);

    public override int ExecuteNonQuery() => Run(static command => command.ExecuteNonQuery());

    public override object? ExecuteScalar() => Run(static command => command.ExecuteScalar());

    public override Task<int> ExecuteNonQueryAsync(CancellationToken cancellationToken) =>
        RunAsync(static (command, cancellationToken) => command.ExecuteNonQueryAsync(cancellationToken), cancellationToken);

    public override Task<object?> ExecuteScalarAsync(CancellationToken cancellationToken) =>
        RunAsync(static (command, cancellationToken) => command.ExecuteScalarAsync(cancellationToken), cancellationToken);

    public override async ValueTask DisposeAsync()
    {
        await inner.DisposeAsync().ConfigureAwait(false);
        await base.DisposeAsync().ConfigureAwait(false);
    }

    protected override DbParameter CreateDbParameter() => inner.CreateParameter();

    protected override DbDataReader ExecuteDbDataReader(CommandBehavior behavior) =>
        _connection!.Track(Run(command => command.ExecuteReader(Physically(behavior))), behavior);

    protected override async Task<DbDataReader> ExecuteDbDataReaderAsync(CommandBehavior behavior, CancellationToken cancellationToken) =>
        _connection!.Track(
            await RunAsync((command, cancellationToken) => command.ExecuteReaderAsync(Physically(behavior), cancellationToken), cancellationToken).ConfigureAwait(false),
            behavior);

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            inner.Dispose();
        }

        base.Dispose(disposing);
    }

    // The physical connection is not the reader's to close; ours is.
    private static CommandBehavior Physically(CommandBehavior behavior) => behavior & ~CommandBehavior.CloseConnection;

    private DbCommand Bind()
    {
        var physical = (_connection ?? throw new InvalidOperationException("The command has no connection. Set its Connection.")).Physical;
        if (!ReferenceEquals(inner.Connection, physical))
        {
            inner.Connection = physical;
        }

        inner.Transaction = _transaction?.Inner;
        return inner;
    }

    private TResult Run<TResult>(Func<DbCommand, TResult> run)
    {
        try
        {
            return run(Bind());
        }
        catch (DbException error)
        {
            _connection!.Note(error);
            throw;
        }
    }

    private async Task<TResult> RunAsync<TResult>(Func<DbCommand, CancellationToken, Task<TResult>> run, CancellationToken cancellationToken)
    {
        try
        {
            return await run(Bind(), cancellationToken).ConfigureAwait(false);
        }
        catch (DbException error)
        {
            _connection!.Note(error);
            throw;
        }
    }
}
