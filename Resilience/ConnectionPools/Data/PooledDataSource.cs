using System.Data.Common;
using Resilience.Measurement;
using Resilience.Validation;

namespace Resilience.ConnectionPools;

/// <summary>A data source whose connections come from a <see cref="ConnectionPool{T}"/>, over any ADO.NET provider whose own pool is off.</summary>
/// <remarks>
/// What it hands out is a <see cref="DbConnection"/> like any other: closing it gives the physical connection back, and what ran on it can't be used any
/// more, not even to run on what somebody else has borrowed by then. Between two borrowers the session is reset. Safe for concurrent use.
/// </remarks>
public sealed class PooledDataSource : DbDataSource
{
    private readonly Func<DbConnection> _create;
    private readonly bool _isNpgsql;
    private readonly DbDataSource? _inner;
    private readonly TimeProvider _time;
    private readonly TimeSpan _renewal;
    private long _renewed;

    /// <summary>Initializes a source over another whose own pool is off (<c>Pooling=false</c>), which it owns.</summary>
    /// <param name="name">What to call its pool in metrics and messages; never a connection string.</param>
    /// <param name="inner">What opens the physical connections.</param>
    /// <param name="options">How many, and how one is reset.</param>
    /// <param name="timeProvider">Tells the time and makes the timer; null for the system's.</param>
    /// <exception cref="System.ComponentModel.DataAnnotations.ValidationException"><paramref name="options"/> has a value outside its range.</exception>
    public PooledDataSource(string name, DbDataSource inner, PooledDataSourceOptions options, TimeProvider? timeProvider = null)
        : this(name, (inner ?? throw new ArgumentNullException(nameof(inner))).CreateConnection, inner.ConnectionString, options, timeProvider) => _inner = inner;

    /// <summary>Initializes a source over a provider's connections, whose own pool is off.</summary>
    /// <param name="name">What to call its pool in metrics and messages; never a connection string.</param>
    /// <param name="create">Makes a connection that is not open yet.</param>
    /// <param name="connectionString">What <see cref="ConnectionString"/> is to say, without its password.</param>
    /// <param name="options">How many, and how one is reset.</param>
    /// <param name="timeProvider">Tells the time and makes the timer; null for the system's.</param>
    /// <exception cref="System.ComponentModel.DataAnnotations.ValidationException"><paramref name="options"/> has a value outside its range.</exception>
    public PooledDataSource(
        string name, Func<DbConnection> create, string connectionString, PooledDataSourceOptions options, TimeProvider? timeProvider = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(create);
        ArgumentNullException.ThrowIfNull(connectionString);
        ArgumentNullException.ThrowIfNull(options);
        OptionRanges.Check(options, $"The data source '{name}'");

        ConnectionString = connectionString;
        _create = create;
        using (var sample = create())
        {
            _isNpgsql = PooledConnection.IsNpgsql(sample);
        }

        _time = timeProvider ?? SystemTime.Provider;
        _renewal = options.ReadOnlyRenewal;
        var pool = options.Pool.Copy();
        pool.IsDatabase = true;
        Pool = new ConnectionPool<DbConnection>(
            name,
            new PhysicalConnectionFactory(OpenPhysicalAsync, options.ResetCommand!, options.ValidationCommand, pool.ValidationTimeout),
            pool,
            _time,
            options.StartsSuspended);
    }

    /// <inheritdoc />
    public override string ConnectionString { get; }

    /// <summary>Gets the pool of its physical connections: to look at, to suspend, to resize.</summary>
    public ConnectionPool<DbConnection> Pool { get; }

    // A command may be made, and given its parameters, before its connection is open: the provider's own kind all the same.
    internal DbCommand CreateUnboundCommand()
    {
        var command = _create().CreateCommand();
        command.Connection = null;
        return command;
    }

    /// <summary>Has every session made anew, since one of them refuses writes: whether the database still does, a new one knows.</summary>
    internal void RenewSessions()
    {
        var (last, now) = (Volatile.Read(ref _renewed), _time.GetTimestamp());
        if (_renewal > TimeSpan.Zero
            && (last == 0 || _time.GetElapsedTime(last, now) >= _renewal)
            && Interlocked.CompareExchange(ref _renewed, now, last) == last)
        {
            Pool.EvictAll();
        }
    }

    /// <inheritdoc />
    protected override DbConnection CreateDbConnection() => PooledConnection.Create(this, _isNpgsql);

    /// <inheritdoc />
    protected override ValueTask<DbConnection> OpenDbConnectionAsync(CancellationToken cancellationToken = default)
    {
        var connection = PooledConnection.Create(this, _isNpgsql);
        var opening = connection.OpenAsync(cancellationToken);
        return opening.IsCompletedSuccessfully ? new(connection) : OpenSlowlyAsync(connection, opening);
    }

    /// <inheritdoc />
    protected override async ValueTask DisposeAsyncCore()
    {
        await Pool.DisposeAsync().ConfigureAwait(false);
        if (_inner is not null)
        {
            await _inner.DisposeAsync().ConfigureAwait(false);
        }

        await base.DisposeAsyncCore().ConfigureAwait(false);
    }

    /// <inheritdoc />
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            Pool.Dispose();
            _inner?.Dispose();
        }

        base.Dispose(disposing);
    }

    private static async ValueTask<DbConnection> OpenSlowlyAsync(PooledConnection connection, Task opening)
    {
        await opening.ConfigureAwait(false);
        return connection;
    }

    private async ValueTask<DbConnection> OpenPhysicalAsync(CancellationToken cancellationToken)
    {
        var connection = _create();
        try
        {
            await connection.OpenAsync(cancellationToken).ConfigureAwait(false);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }
}
