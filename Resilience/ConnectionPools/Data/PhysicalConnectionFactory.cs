using System.Data;
using System.Data.Common;

namespace Resilience.ConnectionPools;

/// <summary>Opens, resets, checks and closes the connections of a provider whose own pool is off.</summary>
internal sealed class PhysicalConnectionFactory(Func<CancellationToken, ValueTask<DbConnection>> open, string reset, string validation, TimeSpan patience)
    : ConnectionFactory<DbConnection>
{
    public override bool CanValidate => validation.Length > 0;

    public override ValueTask<DbConnection> CreateAsync(CancellationToken cancellationToken) => open(cancellationToken);

    public override ReturnAction OnReturn(DbConnection connection) =>
        connection.State != ConnectionState.Open ? ReturnAction.Discard : reset.Length == 0 ? ReturnAction.Keep : ReturnAction.Reset;

    public override ValueTask<bool> ResetAsync(DbConnection connection, CancellationToken cancellationToken) => ExecuteAsync(connection, reset, cancellationToken);

    public override ValueTask<bool> ValidateAsync(DbConnection connection, CancellationToken cancellationToken) =>
        ExecuteAsync(connection, validation, cancellationToken);

    public override ValueTask DestroyAsync(DbConnection connection) => connection.DisposeAsync();

    private async ValueTask<bool> ExecuteAsync(DbConnection connection, string sql, CancellationToken cancellationToken)
    {
        if (connection.State != ConnectionState.Open)
        {
            return false;
        }

        var command = connection.CreateCommand();
        await using (command.ConfigureAwait(false))
        {
#pragma warning disable CA2100 // The application's own setting, never a user's text.
            command.CommandText = sql;
#pragma warning restore CA2100
            command.CommandTimeout = Math.Max(1, (int)Math.Ceiling(patience.TotalSeconds));
            await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        }

        return connection.State == ConnectionState.Open;
    }
}
