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
public partial class PooledConnection : DbConnection
{
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

    internal DbCommand CreateProviderCommand() => _lease.IsHeld ? _lease.Connection.CreateCommand() : _source.CreateUnboundCommand();

    internal PooledReader Track(DbDataReader reader, CommandBehavior behavior) =>
        _reader = new PooledReader(this, reader, closesConnection: behavior.HasFlag(CommandBehavior.CloseConnection));

    internal void Forget(PooledReader reader) => _reader = ReferenceEquals(_reader, reader) ? null : _reader;

    /// <summary>Has the physical connection closed at the end of the loan if an error says that it is of no more use, and all of them if it says that sessions only read.</summary>
    internal void Note(DbException error)
    {
        if (_lease.IsHeld && (SqlStates.IsFatal(error.SqlState) || _lease.Connection.State != ConnectionState.Open))
        {
            _lease.Invalidate();
        }

        if (SqlStates.IsReadOnly(error.SqlState))
        {
            _source.RenewSessions();
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

    // Dapper tells whether a database takes arrays as parameters (= any(@Ids)) by the name of the connection's type, and by nothing else.
    private sealed class NpgsqlConnection(PooledDataSource source) : PooledConnection(source);
}
