using LocalRunner;
using LocalRunner.Processes;
using Xunit;

namespace Hosting.Tests.Processes;

public sealed class DataDirectoryTests : IDisposable
{
    private readonly TemporaryData _data = new();

    [Fact]
    public void Only_our_own_user_can_read_it_and_what_lies_in_it()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("Windows has no mode bits");
            return;
        }

        var secret = Path.Combine(_data.FullPath, "cache.secret");
        _data.Directory.Secret("cache");

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(_data.FullPath));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(secret));
    }

    [Fact]
    public void A_secret_is_generated_once_and_kept()
    {
        var first = _data.Directory.Secret("postgres");

        Assert.Matches("^[0-9a-f]{32}$", first);
        Assert.NotEqual(first, _data.Directory.Secret("cache"));
        Assert.Equal(first, _data.Reopen().Secret("postgres"));
    }

    [Fact]
    public void A_second_AppHost_is_told_who_holds_it()
    {
        var refusal = Assert.Throws<LocalRunnerException>(() => DataDirectory.Open(_data.FullPath));

        Assert.Equal(
            $"The data directory {_data.FullPath} is in use by another AppHost (process {Environment.ProcessId}). "
            + "Stop that one, or set RESILIENCE_DATA to another folder.",
            refusal.Message);
    }

    [Fact]
    public void It_is_free_again_once_it_is_let_go() => Assert.Equal(_data.FullPath, _data.Reopen().FullPath);

    [Fact]
    public void One_that_cannot_be_written_is_named_with_the_mend()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "/proc is Linux's");
        var refusal = Assert.Throws<LocalRunnerException>(() => DataDirectory.Open("/proc/resilience")); // not even root can make this one

        Assert.StartsWith("The data directory /proc/resilience can't be written (", refusal.Message, StringComparison.Ordinal);
        Assert.EndsWith("). Make it writable, or set RESILIENCE_DATA to a folder that is.", refusal.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', refusal.Message);
    }

    [Fact]
    public void A_file_in_its_place_is_named_with_the_mend()
    {
        var path = _data.Directory.PrivateFile("in-the-way", "");

        var refusal = Assert.Throws<LocalRunnerException>(() => DataDirectory.Open(path));

        Assert.StartsWith($"The data directory {path} can't be written (", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_with_something_else_in_it_is_refused_and_kept()
    {
        var path = _data.Directory.Folder("home");
        File.WriteAllText(Path.Combine(path, "thesis.txt"), "years of work");

        var refusal = Assert.Throws<LocalRunnerException>(() => DataDirectory.Open(path));

        Assert.Equal(
            $"The folder {path} holds files, but is no data directory of an AppHost. Set RESILIENCE_DATA to an empty folder, or to one that is still to be made.",
            refusal.Message);
        Assert.Equal(["thesis.txt"], Directory.EnumerateFiles(path).Select(Path.GetFileName));
    }

    [Fact]
    public void Two_checkouts_have_different_ones_and_each_keeps_its_own()
    {
        Assert.SkipUnless(Environment.GetEnvironmentVariable("RESILIENCE_DATA") is null, "RESILIENCE_DATA is set");

        Assert.NotEqual(DataDirectory.PathFor("/home/me/one/AppHost"), DataDirectory.PathFor("/home/me/two/AppHost"));
        Assert.Equal(DataDirectory.PathFor("/home/me/one/AppHost"), DataDirectory.PathFor("/home/me/two/../one/AppHost"));
    }

    [Fact]
    public void Reset_deletes_what_was_kept_and_stays_held()
    {
        var secret = _data.Directory.Secret("postgres");
        File.WriteAllText(Path.Combine(_data.Directory.Folder("postgres"), "data"), "orders");

        _data.Directory.Reset();

        Assert.False(Directory.Exists(Path.Combine(_data.FullPath, "postgres")));
        Assert.NotEqual(secret, _data.Directory.Secret("postgres"));
        Assert.Throws<LocalRunnerException>(() => DataDirectory.Open(_data.FullPath));
    }

    public void Dispose() => _data.Dispose();
}
