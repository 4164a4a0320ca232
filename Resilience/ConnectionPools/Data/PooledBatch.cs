using System.Data;
using System.Data.Common;

namespace Resilience.ConnectionPools;

/// <summary>A provider's batch that runs on the physical connection that its connection has borrowed, and on no other.</summary>
internal sealed class PooledBatch(PooledConnection connection, DbBatch inner) : DbBatch
{
    private PooledConnection _connection = connection;
    private PooledTransaction? _transaction;

    public override int Timeout
    {
        get => inner.Timeout;
        set => inner.Timeout = value;
    }

    protected override DbBatchCommandCollection DbBatchCommands => inner.BatchCommands;

    protected override DbConnection? DbConnection
    {
        get => _connection;
        set => _connection = value as PooledConnection
            ?? throw new InvalidOperationException("A batch of a pooled data source runs on connections of pooled data sources only.");
    }

    protected override DbTransaction? DbTransaction
    {
        get => _transaction;
        set => _transaction = (PooledTransaction?)value;
    }

    public override void Cancel()
    {
        if (_connection.State == ConnectionState.Open && ReferenceEquals(inner.Connection, _connection.Physical))
        {
            inner.Cancel();
        }
    }

    public override void Prepare() => Bind().Prepare();

    public override Task PrepareAsync(CancellationToken cancellationToken = default) => Bind().PrepareAsync(cancellationToken);

    public override int ExecuteNonQuery() => Bind().ExecuteNonQuery();

    public override object? ExecuteScalar() => Bind().ExecuteScalar();

    public override Task<int> ExecuteNonQueryAsync(CancellationToken cancellationToken = default) => NotingAsync(Bind().ExecuteNonQueryAsync(cancellationToken));

    public override Task<object?> ExecuteScalarAsync(CancellationToken cancellationToken = default) => NotingAsync(Bind().ExecuteScalarAsync(cancellationToken));

    public override void Dispose()
    {
        inner.Dispose();
        base.Dispose();
    }

    public override async ValueTask DisposeAsync()
    {
        await inner.DisposeAsync().ConfigureAwait(false);
        await base.DisposeAsync().ConfigureAwait(false);
    }

    protected override DbBatchCommand CreateDbBatchCommand() => inner.CreateBatchCommand();

    protected override DbDataReader ExecuteDbDataReader(CommandBehavior behavior) =>
        _connection.Track(Bind().ExecuteReader(behavior & ~CommandBehavior.CloseConnection), behavior);

    protected override async Task<DbDataReader> ExecuteDbDataReaderAsync(CommandBehavior behavior, CancellationToken cancellationToken) => _connection.Track(
        await NotingAsync(Bind().ExecuteReaderAsync(behavior & ~CommandBehavior.CloseConnection, cancellationToken)).ConfigureAwait(false), behavior);

    private DbBatch Bind()
    {
        inner.Connection = _connection.Physical;
        inner.Transaction = _transaction?.Inner;
        return inner;
    }

    private async Task<TResult> NotingAsync<TResult>(Task<TResult> running)
    {
        try
        {
            return await running.ConfigureAwait(false);
        }
        catch (DbException error)
        {
            _connection.Note(error);
            throw;
        }
    }
}
