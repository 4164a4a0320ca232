using System.Net.Sockets;
using System.Reflection;
using DbUp;
using DbUp.Engine.Output;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Database;

/// <summary>Brings a service's database up to date, as its owner, one process at a time.</summary>
/// <remarks>
/// Scripts are the assembly's embedded resources under <c>Migrations</c>, applied in the order of their names, each in its own
/// transaction and once. Replicas that start together take turns on an advisory lock.
/// </remarks>
/// <param name="ownerConnectionString">The connection string that the host handed over: a role that may create tables and roles.</param>
/// <param name="role">The role that the service works under.</param>
/// <param name="scripts">The assembly that embeds the scripts.</param>
/// <param name="logger">Says which scripts ran.</param>
public sealed class DatabaseMigrator(string ownerConnectionString, ServiceRole role, Assembly scripts, ILogger logger)
{
    private const long TurnTakingLock = 0x7265_7369_6C69; // any number, the same in every process

    /// <summary>Creates the service's role and applies what is missing.</summary>
    /// <param name="cancellationToken">Ends the wait for the server or for another replica's turn.</param>
    /// <returns>When the database is up to date.</returns>
    /// <exception cref="MigrationFailedException">A script was refused by the database.</exception>
    /// <exception cref="NpgsqlException">The server isn't reachable; trying again later may succeed.</exception>
    public async Task MigrateAsync(CancellationToken cancellationToken)
    {
        var owner = new NpgsqlConnectionStringBuilder(ownerConnectionString)
        {
            Pooling = false, // the owner's connection must not linger in a process that serves as another role
            CommandTimeout = 60,
        };
        await using var connection = new NpgsqlConnection(owner.ConnectionString);
        await OpenAsync(connection, owner, cancellationToken);
        await ExecuteAsync(connection, $"select pg_advisory_lock({TurnTakingLock})", cancellationToken);

        await EnsureRoleAsync(connection, owner, cancellationToken);
        await Task.Run(() => Upgrade(owner), cancellationToken); // DbUp is synchronous
        // Closing the connection gives the lock back.
    }

    // A name that nobody knows is said without the name, and a refused connection without the database.
    private static async Task OpenAsync(NpgsqlConnection connection, NpgsqlConnectionStringBuilder owner, CancellationToken cancellationToken)
    {
        try
        {
            await connection.OpenAsync(cancellationToken);
        }
        catch (Exception unreachable) when (unreachable is SocketException or TimeoutException or NpgsqlException { IsTransient: true } and not PostgresException)
        {
            throw new NpgsqlException($"Database '{owner.Database}' at {owner.Host}:{owner.Port} can't be reached: {unreachable.Message}", unreachable);
        }
    }

    private async Task EnsureRoleAsync(NpgsqlConnection connection, NpgsqlConnectionStringBuilder owner, CancellationToken cancellationToken)
    {
        // Identifiers and passwords can't be parameters of DDL: format() quotes them on the server.
        await using var create = new NpgsqlCommand(
            """
            select format('%s role %I login nosuperuser nocreatedb nocreaterole password %L',
                          case when exists (select from pg_roles where rolname = @name) then 'alter' else 'create' end, @name, @password)
            """,
            connection);
        create.Parameters.AddWithValue("name", role.Name);
        create.Parameters.AddWithValue("password", role.PasswordFrom(owner));
        var statement = (string)(await create.ExecuteScalarAsync(cancellationToken))!;

        // Roles are the server's, the lock is the database's: another database's migrator may just be doing the very same, which is as good.
        // ("tuple concurrently updated" is an internal_error.)
        await ExecuteAsync(
            connection,
            $"""
            do $do$
            begin
                {statement};
            exception when duplicate_object or unique_violation or internal_error then
                null;
            end
            $do$
            """,
            cancellationToken);

        // What PUBLIC may do by default, the service's role may do too. (On the schema: PostgreSQL 14 and older.)
        await ExecuteAsync(
            connection,
            """
            revoke create on schema public from public;
            do $do$ begin execute format('revoke temporary on database %I from public', current_database()); end $do$
            """,
            cancellationToken);
    }

    private void Upgrade(NpgsqlConnectionStringBuilder owner)
    {
        var result = DeployChanges.To
            .PostgresqlDatabase(owner.ConnectionString)
            .WithScriptsEmbeddedInAssembly(scripts, static name => name.Contains(".Migrations.", StringComparison.Ordinal))
            .WithTransactionPerScript()
            .LogTo(new DbUpLog(logger))
            .Build()
            .PerformUpgrade();

        switch (result)
        {
            case { Successful: true }:
                return;
            case { Error: NpgsqlException { IsTransient: true } unreachable }:
                throw unreachable;
            default:
                throw new MigrationFailedException(
                    $"Migration {result.ErrorScript?.Name ?? "(none)"} failed on database '{owner.Database}' at {owner.Host}:{owner.Port}: {result.Error.Message}. Mend the script or the database, then start again.",
                    result.Error);
        }
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
#pragma warning disable CA2100 // The text is a constant or was quoted by the server's format().
        await using var command = new NpgsqlCommand(sql, connection);
#pragma warning restore CA2100
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    // DbUp's chatter is of use only when something is wrong.
    private sealed class DbUpLog(ILogger logger) : IUpgradeLog
    {
#pragma warning disable CA2254 // The template is DbUp's own, handed through.
        public void LogTrace(string format, params object[] args) => logger.LogTrace(format, args);

        public void LogDebug(string format, params object[] args) => logger.LogDebug(format, args);

        public void LogInformation(string format, params object[] args) => logger.LogDebug(format, args);

        public void LogWarning(string format, params object[] args) => logger.LogWarning(format, args);

        public void LogError(string format, params object[] args) => logger.LogError(format, args);

        public void LogError(Exception ex, string format, params object[] args) => logger.LogError(ex, format, args);
#pragma warning restore CA2254
    }
}
