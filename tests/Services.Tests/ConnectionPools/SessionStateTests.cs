using System.Data.Common;
using Dapper;
using Npgsql;
using Resilience.ConnectionPools;
using Xunit;

namespace Services.Tests.ConnectionPools;

/// <summary>What one borrower's session remembers, the next one's doesn't know: on one physical connection that both use, one after the other.</summary>
public sealed class SessionStateTests(Stores stores) : IAsyncLifetime
{
    private PooledDataSource _source = null!;
    private string _connectionString = "";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _connectionString = (await stores.CreateAsync()).Postgres;
        _source = PooledPostgres.Source(_connectionString);
    }

    public ValueTask DisposeAsync() => _source.DisposeAsync();

    [Theory]
    [InlineData("set statement_timeout = '7s'", "select current_setting('statement_timeout')", "0")]
    [InlineData("set time zone 'Asia/Tokyo'; set search_path = pg_catalog", "select current_setting('search_path')", "\"$user\", public")]
    [InlineData("set session authorization pg_monitor", "select session_user::text", "postgres")]
    [InlineData("set role pg_monitor", "select current_user::text", "postgres")]
    [InlineData("create temp table notes (id int); insert into notes values (1)", "select to_regclass('notes')::text", null)]
    [InlineData("select pg_advisory_lock(42)", "select count(*)::text from pg_locks where locktype = 'advisory' and objid = 42", "0")]
    [InlineData("listen orders", "select count(*)::text from pg_listening_channels()", "0")]
    [InlineData("begin; declare c cursor with hold for select 1; commit", "select count(*)::text from pg_cursors where name = 'c'", "0")]
    public async Task Session_state_never_leaks_and_the_connection_is_used_again(string leave, string look, string? expected)
    {
        int process;
        await using (var borrower = await _source.OpenConnectionAsync(Token))
        {
            process = await borrower.ExecuteScalarAsync<int>("select pg_backend_pid()");
            await borrower.ExecuteAsync(leave);
        }

        await using var next = await _source.OpenConnectionAsync(Token);
        Assert.Equal(expected, await next.ExecuteScalarAsync<string?>(look));
        Assert.Equal(process, await next.ExecuteScalarAsync<int>("select pg_backend_pid()"));
    }

    [Fact]
    public async Task What_a_sequence_gave_the_last_borrower_is_not_told_to_the_next()
    {
        await using (var borrower = await _source.OpenConnectionAsync(Token))
        {
            await borrower.ExecuteAsync("create sequence numbers; select nextval('numbers')");
        }

        await using var next = await _source.OpenConnectionAsync(Token);
        var unknown = await Assert.ThrowsAsync<PostgresException>(() => next.ExecuteAsync("select currval('numbers')"));
        Assert.Equal(PostgresErrorCodes.ObjectNotInPrerequisiteState, unknown.SqlState);
    }

    [Fact]
    public async Task A_transaction_left_open_is_rolled_back_before_close_returns()
    {
        await CreateTableAsync();
        await using var watcher = new NpgsqlConnection(_connectionString);
        await using (var borrower = await _source.OpenConnectionAsync(Token))
        {
            var transaction = await borrower.BeginTransactionAsync(Token);
            await borrower.ExecuteAsync("insert into things values (1)", transaction: transaction);
        }

        await watcher.ExecuteAsync("begin; lock table things in access exclusive mode nowait; rollback"); // nobody holds a lock on it any more
        await using var next = await _source.OpenConnectionAsync(Token);
        Assert.Equal(0, await next.ExecuteScalarAsync<int>("select count(*) from things"));
        Assert.Equal(1, _source.Pool.Snapshot().Created);
    }

    [Theory]
    [InlineData("begin; insert into things values (1)")]
    [InlineData("begin; insert into things values (1); savepoint s")]
    public async Task A_transaction_begun_as_text_ends_with_its_connection(string leave)
    {
        await CreateTableAsync();
        await using (var borrower = await _source.OpenConnectionAsync(Token))
        {
            await borrower.ExecuteAsync(leave);
        }

        await using var next = await _source.OpenConnectionAsync(Token);

        Assert.Equal(0, await next.ExecuteScalarAsync<int>("select count(*) from things"));
        Assert.Equal(2, _source.Pool.Snapshot().Created);
    }

    [Fact]
    public async Task A_transaction_that_failed_as_text_ends_with_its_connection()
    {
        await using (var borrower = await _source.OpenConnectionAsync(Token))
        {
            await borrower.ExecuteAsync("begin; select 1");
            await Assert.ThrowsAsync<PostgresException>(() => borrower.ExecuteAsync("select 1/0"));
        }

        await using var next = await _source.OpenConnectionAsync(Token);

        Assert.Equal(1, await next.ExecuteScalarAsync<int>("select 1"));
    }

    [Fact]
    public async Task What_Npgsql_prepared_survives_the_reset()
    {
        await using (var borrower = await _source.OpenConnectionAsync(Token))
        {
            await using var command = borrower.CreateCommand();
            command.CommandText = "select 41 + 1";
            await command.PrepareAsync(Token);
            Assert.Equal(42, await command.ExecuteScalarAsync(Token));
        }

        await using var next = await _source.OpenConnectionAsync(Token);
        Assert.Equal(42, await next.ExecuteScalarAsync<int>("select 41 + 1")); // would fail with 26000 if the server had forgotten it
        Assert.Equal(1, await next.ExecuteScalarAsync<int>("select count(*) from pg_prepared_statements where statement like '%41 + 1%'"));
    }

    [Fact]
    public async Task A_reader_left_open_neither_breaks_the_connection_nor_reads_on_for_the_next_borrower()
    {
        DbDataReader reader;
        await using (var borrower = await _source.OpenConnectionAsync(Token))
        {
            await using var command = borrower.CreateCommand();
            command.CommandText = "select * from generate_series(1, 1000)";
            reader = await command.ExecuteReaderAsync(Token);
            Assert.True(await reader.ReadAsync(Token));
        }

        await using var next = await _source.OpenConnectionAsync(Token);
        await using var others = next.CreateCommand();
        others.CommandText = "select 'secret'";
        await using var secret = await others.ExecuteReaderAsync(Token);
        Assert.True(await secret.ReadAsync(Token));

        Assert.True(reader.IsClosed);
        Assert.Throws<InvalidOperationException>(() => reader.GetValue(0));
        Assert.Equal(1, _source.Pool.Snapshot().Created);
    }

    [Fact]
    public async Task Commands_and_transactions_of_a_loan_that_is_over_refuse_while_somebody_else_has_the_connection()
    {
        await CreateTableAsync();
        var borrower = await _source.OpenConnectionAsync(Token);
        var command = borrower.CreateCommand();
        command.CommandText = "select 1";
        var transaction = await borrower.BeginTransactionAsync(Token);
        await borrower.CloseAsync();
        await using var next = await _source.OpenConnectionAsync(Token);
        await using var others = await next.BeginTransactionAsync(Token);
        await next.ExecuteAsync("insert into things values (1)", transaction: others);

        await Assert.ThrowsAsync<InvalidOperationException>(() => command.ExecuteScalarAsync(Token));
        await Assert.ThrowsAsync<InvalidOperationException>(() => transaction.CommitAsync(Token));
        command.Cancel();
        await transaction.DisposeAsync();
        await borrower.DisposeAsync();
        await others.RollbackAsync(Token);

        Assert.Equal(0, await next.ExecuteScalarAsync<int>("select count(*) from things"));
    }

    private async Task CreateTableAsync()
    {
        await using var owner = new NpgsqlConnection(_connectionString);
        await owner.ExecuteAsync("create table things (id int)");
    }
}
