using System.Net.Sockets;
using Npgsql;

namespace EmbeddedStores.Postgres;

/// <summary>Asks a PostgreSQL server over a connection of its own.</summary>
internal static class PostgresProbe
{
    // Long enough for a busy machine, short enough for a health check every second.
    private const int Seconds = 2;

    /// <summary>Asks the server for a value.</summary>
    /// <param name="connectionString">How to connect.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>Null when it answered, else one sentence that says what is wrong.</returns>
    public static async Task<StoreFailure?> AskAsync(string connectionString, CancellationToken cancellationToken)
    {
        var options = Options(connectionString);
        var server = $"PostgreSQL at {options.Host}:{options.Port}";
        try
        {
            await using var connection = await OpenAsync(options, cancellationToken);
            await using var command = new NpgsqlCommand("select 1", connection);
            await command.ExecuteScalarAsync(cancellationToken);
            return null;
        }
        catch (PostgresException refusal) when (
            refusal.SqlState is PostgresErrorCodes.InvalidPassword or PostgresErrorCodes.InvalidAuthorizationSpecification)
        {
            return new($"{server} refuses the password of '{options.Username}'.", IsLasting: true);
        }
        catch (Exception failure) when (failure is NpgsqlException or TimeoutException or SocketException)
        {
            return new($"{server} does not answer ({(failure.InnerException ?? failure).Message.TrimEnd('.')}).", IsLasting: false);
        }
    }

    /// <summary>Creates a database where it is missing.</summary>
    /// <param name="connectionString">How to connect.</param>
    /// <param name="database">The database's name.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public static async Task EnsureDatabaseAsync(string connectionString, string database, CancellationToken cancellationToken)
    {
        var options = Options(connectionString);
        options.CommandTimeout = 60; // the first checkpoint of a cold disk takes its time
        await using var connection = await OpenAsync(options, cancellationToken);
        await using var exists = new NpgsqlCommand("select exists (select from pg_database where datname = $1)", connection)
        {
            Parameters = { new() { Value = database } },
        };
        if (await exists.ExecuteScalarAsync(cancellationToken) is true)
        {
            return;
        }

        try
        {
            await using var create = new NpgsqlCommand($"create database {new NpgsqlCommandBuilder().QuoteIdentifier(database)}", connection);
            await create.ExecuteNonQueryAsync(cancellationToken);
        }
        catch (PostgresException raced) when (raced.SqlState is PostgresErrorCodes.DuplicateDatabase or PostgresErrorCodes.UniqueViolation)
        {
            // Another AppHost on the same server was faster.
        }
    }

    private static NpgsqlConnectionStringBuilder Options(string connectionString)
    {
        var options = new NpgsqlConnectionStringBuilder(connectionString)
        {
            Pooling = false, // a pooled connection says how the server was, and this asks how it is
            Timeout = Seconds,
            CommandTimeout = Seconds,
        };
        options.Database ??= "postgres";
        if (Environment.GetEnvironmentVariable("PGOPTIONS") is not null)
        {
            options.Options ??= "-c synchronous_commit=on"; // Npgsql reads PGOPTIONS where this is not set
        }

        return options;
    }

    private static async Task<NpgsqlConnection> OpenAsync(NpgsqlConnectionStringBuilder options, CancellationToken cancellationToken)
    {
        var connection = new NpgsqlConnection(options.ConnectionString);
        try
        {
            await connection.OpenAsync(cancellationToken);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }
}
