using EmbeddedStores.Data;
using Xunit;

namespace EmbeddedStores.Tests.Processes;

public sealed class DataFolderTests : IDisposable
{
    private readonly TemporaryFolder _temporary = new();
    private readonly DataFolder _folder;

    public DataFolderTests() => _folder = _temporary.Open();

    [Fact]
    public void Only_its_own_user_can_read_it_and_what_is_in_it()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("Windows has no mode bits");
            return;
        }

        _folder.Secret("cache");

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(_folder.FullPath));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(_folder.FullPath, "cache.secret")));
    }

    [Fact]
    public void A_password_is_generated_once_and_kept()
    {
        var first = _folder.Secret("postgres");
        _folder.Dispose();

        using var again = _temporary.Open();

        Assert.Matches("^[0-9a-f]{32}$", first);
        Assert.Equal(first, again.Secret("postgres"));
        Assert.NotEqual(first, again.Secret("cache"));
    }

    [Fact]
    public void Two_checkouts_have_different_ones_and_each_keeps_its_own()
    {
        Assert.NotEqual(DataFolder.PathFor("/home/me/one/AppHost", null), DataFolder.PathFor("/home/me/two/AppHost", null));
        Assert.Equal(DataFolder.PathFor("/home/me/one/AppHost", null), DataFolder.PathFor("/home/me/two/../one/AppHost", null));
        Assert.Equal("/data", DataFolder.PathFor("/home/me/one/AppHost", "/data"));
    }

    [Fact]
    public void Reset_deletes_what_was_kept_and_the_folder_stays_held()
    {
        var secret = _folder.Secret("postgres");
        File.WriteAllText(Path.Combine(_folder.Folder("postgres"), "data"), "orders");

        _folder.Reset();

        Assert.False(Directory.Exists(Path.Combine(_folder.FullPath, "postgres")));
        Assert.NotEqual(secret, _folder.Secret("postgres"));
        Assert.Throws<StoreException>(() => _temporary.Open());
    }

    [Fact]
    public void No_port_is_given_twice_even_to_many_threads()
    {
        var ports = ParallelEnumerable.Range(0, 100).Select(_ => LoopbackPorts.Reserve()).ToList();

        Assert.Equal(100, ports.Distinct().Count());
        Assert.All(ports, static port => Assert.InRange(port, 20_000, 32_767));
        ports.ForEach(LoopbackPorts.Release);
    }

    public void Dispose()
    {
        _folder.Dispose();
        _temporary.Dispose();
    }
}
