using Database;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Xunit;

namespace Services.Tests.Migrations;

public sealed class DatabaseMigratorTests(Stores stores)
{
    private static readonly System.Reflection.Assembly _orders = typeof(global::Orders.OrderStore).Assembly;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Many_replicas_at_once_apply_each_script_once()
    {
        var (database, _) = await stores.CreateAsync();

        await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => Migrator(database).MigrateAsync(Token)));

        Assert.Equal("1", await ScalarAsync(database, "select count(*)::text from schemaversions"));
    }

    [Fact]
    public async Task Migrating_again_changes_nothing()
    {
        var (database, _) = await stores.CreateAsync();
        await Migrator(database).MigrateAsync(Token);
        await ScalarAsync(database, "insert into orders (id, client, status, expires_at) values (gen_random_uuid(), 'c', 'Pending', now())");

        await Migrator(database).MigrateAsync(Token);

        Assert.Equal("1", await ScalarAsync(database, "select count(*)::text from orders"));
    }

    [Fact]
    public async Task One_service_cannot_read_anothers_tables()
    {
        var (database, _) = await stores.CreateAsync();
        await Migrator(database).MigrateAsync(Token);
        await new DatabaseMigrator(database, new("stranger_service"), typeof(DatabaseMigratorTests).Assembly, NullLogger.Instance).MigrateAsync(Token);
        var stranger = new NpgsqlConnectionStringBuilder(database);
        new ServiceRole("stranger_service").Apply(stranger);

        var refusal = await Assert.ThrowsAsync<PostgresException>(() => ScalarAsync(stranger.ConnectionString, "select count(*)::text from orders"));

        Assert.Equal(PostgresErrorCodes.InsufficientPrivilege, refusal.SqlState);
    }

    [Fact]
    public async Task A_script_that_the_database_refuses_is_named_in_one_line_and_leaves_nothing_behind()
    {
        var (database, _) = await stores.CreateAsync();
        await ScalarAsync(database, "create table outbox (id int)"); // in the script's way

        var failure = await Assert.ThrowsAsync<MigrationFailedException>(() => Migrator(database).MigrateAsync(Token));

        var server = new NpgsqlConnectionStringBuilder(database);
        Assert.Equal(
            $"Migration Orders.Migrations.0001_orders.sql failed on database '{server.Database}' at {server.Host}:{server.Port}: 42P07: relation \"outbox\" already exists. Mend the script or the database, then start again.",
            failure.Message);
        Assert.Equal("", await ScalarAsync(database, "select to_regclass('orders')::text"));
    }

    [Theory]
    [InlineData("127.0.0.1", 1)]
    [InlineData("no-such-host.invalid", 5432)]
    public async Task A_server_that_is_away_is_named_and_worth_another_try(string host, int port)
    {
        var away = await Assert.ThrowsAsync<NpgsqlException>(
            () => Migrator($"Host={host};Port={port};Username=postgres;Password=not-to-be-told;Database=ordersdb").MigrateAsync(Token));

        Assert.True(away.IsTransient);
        Assert.StartsWith($"Database 'ordersdb' at {host}:{port} can't be reached: ", away.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("not-to-be-told", away.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_database_that_is_not_there_is_named_and_not_waited_for()
    {
        var (database, _) = await stores.CreateAsync();
        var elsewhere = new NpgsqlConnectionStringBuilder(database) { Database = "no_such_database" };

        var missing = await Assert.ThrowsAsync<PostgresException>(() => Migrator(elsewhere.ConnectionString).MigrateAsync(Token));

        Assert.False(missing.IsTransient); // so the process ends, with this line
        Assert.Contains("no_such_database", missing.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_an_owners_password_there_is_none_to_derive()
    {
        var failure = Assert.Throws<InvalidOperationException>(() => new ServiceRole("orders_service").Apply(new("Host=db;Database=ordersdb;Username=me")));

        Assert.Equal(
            "The connection string of database 'ordersdb' has no Password, so no password for the role 'orders_service' can be derived from it. Add Password=… to it.",
            failure.Message);
    }

    private static DatabaseMigrator Migrator(string database) => new(database, new("orders_service"), _orders, NullLogger.Instance);

    private static async Task<string> ScalarAsync(string database, string sql)
    {
        await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(database) { Pooling = false }.ConnectionString);
        await connection.OpenAsync(Token);
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync(Token) as string ?? "";
    }
}
