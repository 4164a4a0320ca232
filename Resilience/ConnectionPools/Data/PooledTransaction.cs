using System.Data;
using System.Data.Common;

namespace Resilience.ConnectionPools;

/// <summary>A transaction on a borrowed connection; over when either ends.</summary>
internal sealed class PooledTransaction(PooledConnection connection, DbTransaction inner) : DbTransaction
{
    public override IsolationLevel IsolationLevel => Inner.IsolationLevel;

    public override bool SupportsSavepoints => inner.SupportsSavepoints;

    internal DbTransaction Inner => IsCurrent
        ? inner
        : throw new InvalidOperationException("The transaction is over: it was committed, rolled back, or its connection was closed. Begin another.");

    protected override DbConnection? DbConnection => IsCurrent ? connection : null;

    private bool IsCurrent => ReferenceEquals(connection.Transaction, this);

    public override void Commit()
    {
        Inner.Commit();
        End();
    }

    public override async Task CommitAsync(CancellationToken cancellationToken = default)
    {
        await Inner.CommitAsync(cancellationToken).ConfigureAwait(false);
        End();
    }

    public override void Rollback()
    {
        Inner.Rollback();
        End();
    }

    public override async Task RollbackAsync(CancellationToken cancellationToken = default)
    {
        await Inner.RollbackAsync(cancellationToken).ConfigureAwait(false);
        End();
    }

    public override void Save(string savepointName) => Inner.Save(savepointName);

    public override Task SaveAsync(string savepointName, CancellationToken cancellationToken = default) => Inner.SaveAsync(savepointName, cancellationToken);

    public override void Rollback(string savepointName) => Inner.Rollback(savepointName);

    public override Task RollbackAsync(string savepointName, CancellationToken cancellationToken = default) =>
        Inner.RollbackAsync(savepointName, cancellationToken);

    public override void Release(string savepointName) => Inner.Release(savepointName);

    public override Task ReleaseAsync(string savepointName, CancellationToken cancellationToken = default) =>
        Inner.ReleaseAsync(savepointName, cancellationToken);

    public override async ValueTask DisposeAsync()
    {
        if (IsCurrent)
        {
            await inner.DisposeAsync().ConfigureAwait(false); // rolls back what was not committed
            End();
        }

        await base.DisposeAsync().ConfigureAwait(false);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing && IsCurrent)
        {
            inner.Dispose();
            End();
        }

        base.Dispose(disposing);
    }

    private void End() => connection.Transaction = null;
}
