using System.Diagnostics;
using EmbeddedStores.Redis;
using StackExchange.Redis;
using Xunit;

namespace EmbeddedStores.Tests.Servers;

public sealed class RedisServerTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_killed_server_starts_again_on_its_port_with_its_password()
    {
        await using var server = new RedisServer(new(_folder.FullPath));
        await server.PrepareAsync(Token);
        var watch = Stopwatch.StartNew();
        await server.StartAsync(Token);
        TestContext.Current.TestOutputHelper!.WriteLine($"{server.Description}: started in {watch.ElapsedMilliseconds} ms");
        var connection = server.ConnectionString;

        await server.KillAsync();

        Assert.StartsWith($"Redis at localhost:{server.Port} does not answer (", (await RedisProbe.AskAsync(connection))!.Text, StringComparison.Ordinal);
        await server.StartAsync(Token);
        Assert.Equal(connection, server.ConnectionString);
        Assert.Null(await RedisProbe.AskAsync(connection));
        Assert.Equal($"Redis at localhost:{server.Port} refuses the password.", (await RedisProbe.AskAsync($"localhost:{server.Port},password=wrong"))!.Text);
        await using var client = await ConnectionMultiplexer.ConnectAsync(connection);
        Assert.Equal(2, (int)await client.GetDatabase().ScriptEvaluateAsync("return 1 + 1"));
        watch.Restart();
        await server.StopAsync();
        TestContext.Current.TestOutputHelper!.WriteLine($"stopped in {watch.ElapsedMilliseconds} ms");
    }

    [Fact]
    public async Task Two_that_find_an_empty_cache_at_once_both_get_Garnet()
    {
        using var cache = new TemporaryFolder();
        using var other = new TemporaryFolder();
        await using var first = new RedisServer(new(_folder.FullPath) { SearchFolders = [], CacheFolder = cache.FullPath });
        await using var second = new RedisServer(new(other.FullPath) { SearchFolders = [], CacheFolder = cache.FullPath });

        await Task.WhenAll(first.StartAsync(Token), second.StartAsync(Token));

        Assert.Equal($"Garnet {GarnetPackage.Version}", second.Description);
        Assert.Equal([$"garnet-{GarnetPackage.Version}"], Directory.EnumerateFileSystemEntries(cache.FullPath).Select(Path.GetFileName));
    }

    public void Dispose() => _folder.Dispose();
}
