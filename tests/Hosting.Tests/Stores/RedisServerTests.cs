using System.Collections.Concurrent;
using System.Diagnostics;
using Hosting.Tests.Processes;
using LocalRunner;
using LocalRunner.Processes;
using LocalRunner.Stores;
using Microsoft.Extensions.Configuration;
using Xunit;

namespace Hosting.Tests.Stores;

public sealed class RedisServerTests : IAsyncDisposable
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(60);

    private readonly TemporaryData _data = new();
    private readonly ProcessSupervisor _supervisor;
    private readonly ConcurrentQueue<string> _output = new();

    public RedisServerTests() => _supervisor = new(_data.Directory, TimeProvider.System);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_killed_server_comes_back_on_its_port_with_its_password()
    {
        var server = Server();
        await server.PrepareAsync(Note, Token);
        Assert.False(await server.IsReadyAsync(Token));
        var watch = Stopwatch.StartNew();
        var first = await StartAsync(server);
        TestContext.Current.TestOutputHelper!.WriteLine($"{server.Description}: started in {watch.ElapsedMilliseconds} ms");
        var connection = server.ConnectionString;

        first.Kill();
        await first.Exited.WaitAsync(_patience, Token);
        Assert.False(await server.IsReadyAsync(Token));
        var second = await StartAsync(server);

        Assert.Equal(connection, server.ConnectionString);
        Assert.Equal($"localhost:{server.Port},password={server.Password}", connection);
        watch.Restart();
        await second.StopAsync(TimeSpan.FromSeconds(5));
        Assert.NotEqual(128 + 9, await second.Exited); // it left when it was asked to
        TestContext.Current.TestOutputHelper!.WriteLine($"stopped in {watch.ElapsedMilliseconds} ms");
    }

    [Fact]
    public async Task It_asks_for_the_password_runs_scripts_and_keeps_secrets_out_of_command_lines()
    {
        var server = Server();
        await server.PrepareAsync(Note, Token);
        var process = await StartAsync(server);

        var address = RedisAddress.Given(Configured(server.ConnectionString), "cache")!;
        Assert.StartsWith("-NOAUTH", await RedisProbe.PingAsync(address with { Password = "" }, Token), StringComparison.Ordinal);
        Assert.Equal(":2", await RedisProbe.AskAsync(address, ["EVAL", "return 1 + 1", "0"], Token));
        Assert.DoesNotContain(server.Password, await File.ReadAllTextAsync($"/proc/{process.Id}/cmdline", Token), StringComparison.Ordinal);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, new FileInfo(Path.Combine(_data.FullPath, "cache.conf")).UnixFileMode);
    }

    [Fact]
    public async Task A_given_server_is_used_and_none_is_started()
    {
        var own = Server();
        await own.PrepareAsync(Note, Token);
        await StartAsync(own);
        var given = Server(own.ConnectionString + ",abortConnect=false");

        await given.PrepareAsync(Note, Token);

        Assert.Null(given.Start(Note));
        Assert.True(await given.IsReadyAsync(Token));
        Assert.Equal($"Redis at localhost:{own.Port}", given.Description);
        Assert.Equal(own.ConnectionString + ",abortConnect=false", given.ConnectionString);
    }

    [Fact]
    public async Task A_given_server_with_another_password_is_told_instead_of_waited_for()
    {
        var own = Server();
        await own.PrepareAsync(Note, Token);
        await StartAsync(own);

        var refusal = await Assert.ThrowsAsync<LocalRunnerException>(() => Server($"localhost:{own.Port},password=wrong").IsReadyAsync(Token));

        Assert.Equal(
            $"Redis at localhost:{own.Port} refuses the password. Correct ConnectionStrings__cache, or stop what else listens there.", refusal.Message);
    }

    [Theory]
    [InlineData("redis.example:6390,user=shop,password=a=b,ssl=true", "redis.example", 6390, "shop", "a=b", true)]
    [InlineData("redis.example", "redis.example", 6379, null, "", false)]
    [InlineData("redis.example,ssl=true", "redis.example", 6380, null, "", true)]
    public void A_given_connection_string_is_read_as_the_client_reads_it(
        string text, string host, int port, string? user, string password, bool isTls) =>
        Assert.Equal(new RedisAddress(host, port, user, password, isTls, text), RedisAddress.Given(Configured(text), "cache"));

    [Theory]
    [InlineData("password=only")]
    [InlineData("localhost:port")]
    public void A_given_connection_string_that_names_no_server_is_refused(string text) => Assert.Equal(
        "ConnectionStrings__cache names no server that can be read. Write it as host:port,password=…, or unset it to let one be started.",
        Assert.Throws<LocalRunnerException>(() => Server(text)).Message);

    public async ValueTask DisposeAsync()
    {
        await _supervisor.DisposeAsync();
        _data.Dispose();
    }

    private static IConfiguration Configured(string? cache) => new ConfigurationBuilder()
        .AddInMemoryCollection([new("ConnectionStrings:cache", cache)]).Build();

    private RedisServer Server(string? given = null) => new("cache", _data.Directory, _supervisor, TimeProvider.System, Configured(given));

    private async Task<ChildProcess> StartAsync(RedisServer server)
    {
        var process = server.Start(Note)!;
        await Eventually.IsTrueAsync(() => server.IsReadyAsync(Token), _patience);
        return process;
    }

    private void Note(OutputLine line) => _output.Enqueue(line.Text);
}
