using System.Data;
using System.Data.Common;
using System.Diagnostics.CodeAnalysis;
using System.Transactions;
using IsolationLevel = System.Data.IsolationLevel;

namespace Resilience.ConnectionPools;

/// <summary>A connection that is borrowed while it is open.</summary>
/// <remarks>
/// As with any <see cref="DbConnection"/>, one thread uses it at a time. Commands, readers and transactions made by it are bound to the loan: after
/// <see cref="Close"/> they refuse. That matters with Npgsql, which uses its reader and transaction objects again for who comes next.
/// </remarks>
public class PooledConnection : DbConnection
{
    private static readonly StateChangeEventArgs _opened = new(ConnectionState.Closed, ConnectionState.Open);
    private static readonly StateChangeEventArgs _closed = new(ConnectionState.Open, ConnectionState.Closed);

    private readonly PooledDataSource _source;
    private PooledLease<DbConnection> _lease;
    private PooledReader? _reader;

    internal PooledConnection(PooledDataSource source) => _source = source;

    /// <inheritdoc />
    [AllowNull]
    public override string ConnectionString
    {
        get => _source.ConnectionString;
        set => throw new NotSupportedException("The connection string belongs to the data source. Make another data source for another database.");
    }

    /// <inheritdoc />
    public override string Database => _lease.IsHeld ? _lease.Connection.Database : "";

    /// <inheritdoc />
    public override string DataSource => _lease.IsHeld ? _lease.Connection.DataSource : "";

    /// <inheritdoc />
    public override string ServerVersion => Physical.ServerVersion;

    /// <inheritdoc />
    public override ConnectionState State => _lease.IsHeld ? _lease.Connection.State : ConnectionState.Closed;

    /// <inheritdoc />
    public override bool CanCreateBatch => _lease.IsHeld && _lease.Connection.CanCreateBatch;

    /// <summary>Gets the provider's own connection, for what only that can do (<c>COPY</c>, notices, types). Don't keep it: it is lent until this is closed.</summary>
    /// <exception cref="InvalidOperationException">The connection is not open.</exception>
    public DbConnection Physical => _lease.IsHeld
        ? _lease.Connection
        : throw new InvalidOperationException("The connection is not open. Open it first; what was made before it was closed can't be used any more.");

    internal PooledTransaction? Transaction { get; set; }

    /// <summary>Makes a connection that is closed.</summary>
    /// <param name="source">Where it borrows.</param>
    /// <param name="isNpgsql">Whether its provider is Npgsql.</param>
    internal static PooledConnection Create(PooledDataSource source, bool isNpgsql) => isNpgsql ? new NpgsqlConnection(source) : new PooledConnection(source);

    internal static bool IsNpgsql(DbConnection physical) => physical.GetType().Name == nameof(NpgsqlConnection);

    /// <inheritdoc />
    public override void Open()
    {
        Prepare();
        try
        {
            _lease = _source.Pool.Acquire();
        }
        catch (ConnectionPoolExhaustedException refusal)
        {
            throw new ConnectionUnavailableException(refusal);
        }

        OnStateChange(_opened);
    }

    /// <inheritdoc />
    public override Task OpenAsync(CancellationToken cancellationToken)
    {
        Prepare();
        var acquiring = _source.Pool.AcquireAsync(cancellationToken);
        if (!acquiring.IsCompletedSuccessfully)
        {
            return OpenSlowlyAsync(acquiring);
        }

        _lease = acquiring.Result;
        OnStateChange(_opened);
        return Task.CompletedTask;
    }

    /// <inheritdoc />
    public override void Close()
    {
        if (!_lease.IsHeld)
        {
            return;
        }

        try
        {
            _reader?.Close();
            Transaction?.Dispose();
        }
        catch (Exception)
        {
            _lease.Invalidate(); // what it is in the middle of, nobody knows
        }

        GiveBack();
    }

    /// <inheritdoc />
    public override Task CloseAsync()
    {
        if (_reader is not null || Transaction is not null)
        {
            return CloseSlowlyAsync();
        }

        Close();
        return Task.CompletedTask;
    }

    /// <summary>Goes to another database of the server. The physical connection is closed, and not used again, when this is.</summary>
    /// <param name="databaseName">Its name.</param>
    public override void ChangeDatabase(string databaseName)
    {
        _lease.Invalidate();
        Physical.ChangeDatabase(databaseName);
    }

    /// <inheritdoc />
    public override void EnlistTransaction(Transaction? transaction) => throw new NotSupportedException(
        "A pooled connection takes part in no System.Transactions transaction. Begin one on the connection with BeginTransactionAsync.");

    /// <inheritdoc />
    public override DataTable GetSchema() => Physical.GetSchema();

    /// <inheritdoc />
    public override DataTable GetSchema(string collectionName) => Physical.GetSchema(collectionName);

    /// <inheritdoc />
    public override DataTable GetSchema(string collectionName, string?[] restrictionValues) => Physical.GetSchema(collectionName, restrictionValues);

    /// <inheritdoc />
    public override async ValueTask DisposeAsync()
    {
        await CloseAsync().ConfigureAwait(false);
        await base.DisposeAsync().ConfigureAwait(false);
        GC.SuppressFinalize(this);
    }

    internal DbCommand CreateProviderCommand() => _lease.IsHeld ? _lease.Connection.CreateCommand() : _source.CreateUnboundCommand();

    internal PooledReader Track(DbDataReader reader, CommandBehavior behavior) =>
        _reader = new PooledReader(this, reader, closesConnection: behavior.HasFlag(CommandBehavior.CloseConnection));

    internal void Forget(PooledReader reader) => _reader = ReferenceEquals(_reader, reader) ? null : _reader;

    /// <summary>Has the physical connection closed at the end of the loan if an error says that it is of no more use.</summary>
    internal void Note(DbException error)
    {
        if (_lease.IsHeld && (SqlStates.IsFatal(error.SqlState) || _lease.Connection.State != ConnectionState.Open))
        {
            _lease.Invalidate();
        }
    }

    /// <inheritdoc />
    protected override DbCommand CreateDbCommand() => new PooledCommand(CreateProviderCommand()) { Connection = this };

    /// <inheritdoc />
    protected override DbBatch CreateDbBatch() => new PooledBatch(this, Physical.CreateBatch());

    /// <inheritdoc />
    protected override DbTransaction BeginDbTransaction(IsolationLevel isolationLevel) =>
        Transaction = new PooledTransaction(this, Physical.BeginTransaction(isolationLevel));

    /// <inheritdoc />
    protected override async ValueTask<DbTransaction> BeginDbTransactionAsync(IsolationLevel isolationLevel, CancellationToken cancellationToken) =>
        Transaction = new PooledTransaction(this, await Physical.BeginTransactionAsync(isolationLevel, cancellationToken).ConfigureAwait(false));

    /// <inheritdoc />
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            Close();
        }

        base.Dispose(disposing);
    }

    private async Task OpenSlowlyAsync(ValueTask<PooledLease<DbConnection>> acquiring)
    {
        try
        {
            _lease = await acquiring.ConfigureAwait(false);
        }
        catch (ConnectionPoolExhaustedException refusal)
        {
            throw new ConnectionUnavailableException(refusal);
        }

        OnStateChange(_opened);
    }

    private async Task CloseSlowlyAsync()
    {
        try
        {
            if (_reader is not null)
            {
                await _reader.CloseAsync().ConfigureAwait(false);
            }

            if (Transaction is not null)
            {
                await Transaction.DisposeAsync().ConfigureAwait(false); // at once, not with the reset: others may wait for its locks
            }
        }
        catch (Exception)
        {
            _lease.Invalidate();
        }

        GiveBack();
    }

    private void Prepare()
    {
        if (State == ConnectionState.Open)
        {
            throw new InvalidOperationException("The connection is open already. Close it before it is opened again.");
        }

        if (System.Transactions.Transaction.Current is not null)
        {
            throw new NotSupportedException(
                "A pooled connection would take no part in the TransactionScope around it, silently. Begin a transaction on the connection with BeginTransactionAsync.");
        }

        Close(); // one whose physical connection broke under it: it is given back before another is lent
    }

    private void GiveBack()
    {
        if (!_lease.IsHeld)
        {
            return; // closing the reader has done it already
        }

        _reader = null;
        Transaction = null;
        _lease.Dispose();
        OnStateChange(_closed);
    }

    // Dapper tells whether a database takes arrays as parameters (= any(@Ids)) by the name of the connection's type, and by nothing else.
    private sealed class NpgsqlConnection(PooledDataSource source) : PooledConnection(source);
}
