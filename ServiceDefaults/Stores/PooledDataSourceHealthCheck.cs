using System.Data.Common;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Resilience.ConnectionPools;

namespace ServiceDefaults.Stores;

/// <summary>Whether a database answers a query on a connection such as the service uses.</summary>
/// <remarks>A pool whose connections are all in use is busy and not broken: the query then goes over a new connection, past the pool.</remarks>
internal sealed class PooledDataSourceHealthCheck(PooledDataSource pooled, DbDataSource source, TimeProvider clock) : IHealthCheck
{
    private static readonly TimeSpan _pooledWithin = TimeSpan.FromMilliseconds(300); // leaves most of a check's second for the new connection

    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        try
        {
            await using var connection = await OpenAsync(cancellationToken);
            await using var command = connection.CreateCommand();
            command.CommandText = "select 1";
            await command.ExecuteScalarAsync(cancellationToken);
            return HealthCheckResult.Healthy();
        }
        catch (DbException failure)
        {
            return new(context.Registration.FailureStatus, "The database doesn't answer.", failure);
        }
    }

    private async Task<DbConnection> OpenAsync(CancellationToken cancellationToken)
    {
        using var patience = new CancellationTokenSource(_pooledWithin, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        try
        {
            return await pooled.OpenConnectionAsync(either.Token);
        }
        catch (Exception busy) when (
            busy is ConnectionUnavailableException { Reason: not PoolRefusalReason.ServerAway }
            || (busy is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return await source.OpenConnectionAsync(cancellationToken);
        }
    }
}
