using System.Data;
using System.Data.Common;

namespace Resilience.ConnectionPools;

/// <content>The loan: opening borrows, closing gives back.</content>
public partial class PooledConnection
{
    private static readonly StateChangeEventArgs _opened = new(ConnectionState.Closed, ConnectionState.Open);
    private static readonly StateChangeEventArgs _closed = new(ConnectionState.Open, ConnectionState.Closed);

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

    /// <inheritdoc />
    public override async ValueTask DisposeAsync()
    {
        await CloseAsync().ConfigureAwait(false);
        await base.DisposeAsync().ConfigureAwait(false);
        GC.SuppressFinalize(this);
    }

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
}
