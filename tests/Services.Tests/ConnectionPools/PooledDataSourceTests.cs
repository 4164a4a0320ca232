using System.Data;
using System.Data.Common;
using Dapper;
using Npgsql;
using Resilience.ConnectionPools;
using Xunit;

namespace Services.Tests.ConnectionPools;

/// <summary>ADO.NET and Dapper run unchanged.</summary>
public sealed class PooledDataSourceTests(Stores stores) : IAsyncLifetime
{
    private static readonly string[] _skus = ["tea", "salt"];

    private PooledDataSource _source = null!;
    private string _connectionString = "";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _connectionString = (await stores.CreateAsync()).Postgres;
        _source = PooledPostgres.Source(_connectionString);
    }

    public ValueTask DisposeAsync() => _source.DisposeAsync();

    [Fact]
    public async Task Dapper_reads_and_writes_with_parameters_and_transactions()
    {
        await using var connection = await _source.OpenConnectionAsync(Token);
        await connection.ExecuteAsync("create table lines (sku text, quantity int, placed timestamptz default now())");
        await using (var transaction = await connection.BeginTransactionAsync(Token))
        {
            await connection.ExecuteAsync("insert into lines values (@Sku, @Quantity)", _skus.Select(static sku => new { Sku = sku, Quantity = sku.Length }), transaction);
            await transaction.SaveAsync("first", Token);
            await connection.ExecuteAsync("delete from lines", transaction: transaction);
            await transaction.RollbackAsync("first", Token);
            await transaction.CommitAsync(Token);
        }

        var lines = await connection.QueryAsync<(string Sku, int Quantity)>("select sku, quantity from lines where sku = any(@Skus) order by sku", new { Skus = _skus });
        Assert.Equal([("salt", 4), ("tea", 3)], lines);
        using var both = await connection.QueryMultipleAsync("select count(*) from lines; select max(quantity) from lines");
        Assert.Equal((2, 4), (await both.ReadSingleAsync<int>(), await both.ReadSingleAsync<int>()));
    }

    [Fact]
    public async Task A_reader_whose_connection_broke_says_so_each_time_it_is_asked_for_more()
    {
        await using var connection = await _source.OpenConnectionAsync(Token);
        var backend = await connection.ExecuteScalarAsync<int>("select pg_backend_pid()");
        await using var reader = await connection.ExecuteReaderAsync("select repeat('x', 100000) from generate_series(1, 10000)"); // more than is ever under way
        Assert.True(await reader.ReadAsync(Token));
        await using (var other = new NpgsqlConnection(_connectionString))
        {
            await other.ExecuteAsync("select pg_terminate_backend(@backend)", new { backend });
        }

        var first = await Assert.ThrowsAnyAsync<DbException>(async () =>
        {
            while (await reader.ReadAsync(Token))
            {
                // What was under way comes yet.
            }
        });
        var second = await Assert.ThrowsAsync<ConnectionLostException>(() => reader.NextResultAsync(Token)); // what Dapper asks in a finally
        Assert.True(first.IsTransient);
        Assert.True(second.IsTransient);
    }

    [Fact]
    public async Task A_connection_that_Dapper_opens_it_also_gives_back()
    {
        await using var connection = _source.CreateConnection();

        Assert.Equal(3, await connection.ExecuteScalarAsync<int>("select 1 + @Two", new { Two = 2 }));
        Assert.Equal([1, 2], await connection.QueryAsync<int>("select * from generate_series(1, 2)"));
        await using (var reader = await connection.ExecuteReaderAsync("select 7 as seven"))
        {
            Assert.True(await reader.ReadAsync(Token));
            Assert.Equal(ConnectionState.Open, connection.State);
        }

        Assert.Equal(ConnectionState.Closed, connection.State);
        Assert.Equal((1L, 0), (_source.Pool.Snapshot().Created, _source.Pool.Snapshot().Waiting));
    }

    [Fact]
    public async Task Commands_and_batches_of_the_data_source_itself_run()
    {
        await using var command = _source.CreateCommand("select 5");
        Assert.Equal(5, await command.ExecuteScalarAsync(Token));
        await using var connection = await _source.OpenConnectionAsync(Token);
        Assert.True(connection.CanCreateBatch);
        await using var batch = connection.CreateBatch();
        foreach (var sql in new[] { "select 1", "select 2" })
        {
            var part = batch.CreateBatchCommand();
            part.CommandText = sql;
            batch.BatchCommands.Add(part);
        }

        await using var reader = await batch.ExecuteReaderAsync(Token);
        Assert.True(await reader.ReadAsync(Token) && await reader.NextResultAsync(Token) && await reader.ReadAsync(Token));
        Assert.Equal(2, reader.GetInt32(0));
    }

    [Fact]
    public void A_command_may_be_made_before_its_connection_is_open_and_everything_may_be_synchronous()
    {
        using var connection = _source.CreateConnection();
        using var command = connection.CreateCommand();
        command.CommandText = "select @answer";
        var parameter = command.CreateParameter();
        (parameter.ParameterName, parameter.Value) = ("answer", 42);
        command.Parameters.Add(parameter);

        connection.Open();
        using var transaction = connection.BeginTransaction(IsolationLevel.Serializable);
        command.Transaction = transaction;
        using var reader = command.ExecuteReader(CommandBehavior.CloseConnection | CommandBehavior.SingleRow);

        Assert.True(reader.Read());
        Assert.Equal((42, "integer"), (reader.GetFieldValue<int>(0), reader.GetDataTypeName(0)));
        reader.Close();
        Assert.Equal(ConnectionState.Closed, connection.State);
        Assert.Null(transaction.Connection);
    }

    [Fact]
    public async Task The_providers_own_connection_is_within_reach()
    {
        await using var connection = (PooledConnection)await _source.OpenConnectionAsync(Token);
        await connection.ExecuteAsync("create table numbers (n int)");

        await using (var copy = await ((NpgsqlConnection)connection.Physical).BeginBinaryImportAsync("copy numbers from stdin (format binary)", Token))
        {
            await copy.StartRowAsync(Token);
            await copy.WriteAsync(1, Token);
            await copy.CompleteAsync(Token);
        }

        Assert.Equal(1, await connection.ExecuteScalarAsync<int>("select count(*) from numbers"));
        await connection.CloseAsync();
        Assert.Throws<InvalidOperationException>(() => connection.Physical);
    }

    [Fact]
    public async Task A_connection_that_the_server_ended_is_not_lent_again()
    {
        await using (var connection = await _source.OpenConnectionAsync(Token))
        {
            var ended = await Assert.ThrowsAnyAsync<DbException>(() => connection.ExecuteAsync("select pg_terminate_backend(pg_backend_pid())"));
            Assert.Equal(PostgresErrorCodes.AdminShutdown, ended.SqlState);
            await connection.CloseAsync();
            await connection.OpenAsync(Token); // the same object, another physical connection
            Assert.Equal(1, await connection.ExecuteScalarAsync<int>("select 1"));
        }

        Assert.Equal(2, _source.Pool.Snapshot().Created);
    }

    [Fact]
    public async Task None_to_be_had_is_an_error_that_ADO_NETs_callers_know_and_says_who_holds_them()
    {
        await using var source = PooledPostgres.Source(_connectionString, static pool =>
            (pool.AcquireTimeout, pool.QueueTarget) = (TimeSpan.FromSeconds(2), TimeSpan.Zero));
        await using var holder = await source.OpenConnectionAsync(Token);

        var refusal = await Assert.ThrowsAsync<ConnectionUnavailableException>(() => source.OpenConnectionAsync(Token).AsTask());

        Assert.Equal((true, PoolRefusalReason.Timeout), (((DbException)refusal).IsTransient, refusal.Reason));
        Assert.Contains("Pool 'ordersdb' lent no connection", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("It has 1 of 1: 1 in use, 0 idle", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_reset_must_be_chosen_and_a_scope_that_it_would_ignore_is_refused()
    {
        var missing = Assert.Throws<System.ComponentModel.DataAnnotations.ValidationException>(
            () => new PooledDataSource("ordersdb", static () => new NpgsqlConnection(), "", new()));
        Assert.Equal("The data source 'ordersdb' can't be built: ResetCommand is null, but is required.", missing.Message);
        using var scope = new System.Transactions.TransactionScope();
        using var connection = _source.CreateConnection();
        Assert.Throws<NotSupportedException>(connection.Open);
    }
}
