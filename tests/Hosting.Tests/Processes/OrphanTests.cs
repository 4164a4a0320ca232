using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using LocalRunner.Processes;
using Xunit;

namespace Hosting.Tests.Processes;

/// <summary>An AppHost is killed with SIGKILL: what becomes of its children, one of which does not stop when asked?</summary>
public sealed class OrphanTests : IDisposable
{
    private static readonly TimeSpan _start = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan _goneWithin = TimeSpan.FromSeconds(5);

    private readonly string _path = Path.Combine(Path.GetTempPath(), "resilience-" + Path.GetRandomFileName());

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_watchdog_ends_the_children_of_a_killed_AppHost()
    {
        var (host, children) = await StartHostAsync();

        host.Kill();

        await Eventually.IsTrueAsync(() => children.All(child => !child.IsRunning), _goneWithin);
    }

    [Fact]
    public async Task The_next_start_sweeps_what_a_killed_watchdog_left()
    {
        var (host, children) = await StartHostAsync();
        UnixSignals.Kill(WatchdogOf(host.Id));
        host.Kill();
        await host.WaitForExitAsync(Token);
        Assert.All(children, child => Assert.True(child.IsRunning));

        using var data = DataDirectory.Open(_path);
        await using var supervisor = new ProcessSupervisor(data, TimeProvider.System);

        Assert.Equal(["stubborn", "willing"], await supervisor.Swept.WaitAsync(_goneWithin, Token));
        await Eventually.IsTrueAsync(() => children.All(child => !child.IsRunning), _goneWithin);
    }

    [Fact]
    public async Task A_sweep_leaves_a_process_alone_that_has_the_number_but_not_the_start_time()
    {
        using var stranger = Process.Start("sleep", "600");
        using var data = DataDirectory.Open(_path);
        await File.WriteAllTextAsync(
            data.LedgerPath, string.Create(CultureInfo.InvariantCulture, $"{stranger.Id}\tTerminate\t1\torders\n"), Token);

        await using var supervisor = new ProcessSupervisor(data, TimeProvider.System);

        Assert.Empty(await supervisor.Swept.WaitAsync(_goneWithin, Token));
        Assert.False(stranger.HasExited);
        stranger.Kill();
    }

    [Fact]
    public async Task The_watchdog_leaves_a_process_alone_that_has_the_number_but_not_the_start_time()
    {
        using var stranger = Process.Start("sleep", "600");
        using var known = Process.Start("sleep", "600");
        var watchdog = Watchdog.Start()!;
        watchdog.Watch(new(stranger.Id, "1"), StopSignal.Terminate);
        watchdog.Watch(ProcessIdentity.Of(known.Id)!.Value, StopSignal.Terminate);

        watchdog.Dispose();

        await known.WaitForExitAsync(Token).WaitAsync(_goneWithin, Token);
        Assert.False(stranger.HasExited);
        stranger.Kill();
    }

    [Fact]
    public async Task A_garbled_ledger_sweeps_nothing_and_stops_nothing()
    {
        using var data = DataDirectory.Open(_path);
        await File.WriteAllTextAsync(data.LedgerPath, "\0\0\nx\ty\tz\tw\n1\tTerminate\n", Token);

        await using var supervisor = new ProcessSupervisor(data, TimeProvider.System);

        Assert.Empty(await supervisor.Swept);
    }

    [Fact]
    public async Task A_clean_end_stops_the_last_started_first_and_leaves_an_empty_ledger()
    {
        var ended = new ConcurrentQueue<string>();
        using var data = DataDirectory.Open(_path);
        await using (var supervisor = new ProcessSupervisor(data, TimeProvider.System))
        {
            foreach (var name in (string[])["postgres", "inventory", "orders"])
            {
                var child = supervisor.Start(new(name, "sleep", ["600"]));
                _ = NoteEndAsync(child);
            }

            Assert.Equal(3, (await File.ReadAllLinesAsync(data.LedgerPath, Token)).Length);
        }

        await Eventually.IsTrueAsync(() => ended.Count == 3, _goneWithin);
        Assert.Equal(["orders", "inventory", "postgres"], ended);
        await Eventually.IsTrueAsync(() => new FileInfo(data.LedgerPath).Length == 0, _goneWithin);

        async Task NoteEndAsync(ChildProcess child)
        {
            await child.Exited;
            ended.Enqueue(child.Name);
        }
    }

    [Fact]
    public async Task Children_of_many_threads_at_once_are_all_ended()
    {
        using var data = DataDirectory.Open(_path);
        await using var supervisor = new ProcessSupervisor(data, TimeProvider.System);
        var children = await Task.WhenAll(Enumerable.Range(0, 20).Select(number => Task.Run(
            () => supervisor.Start(new($"child-{number}", "sleep", ["600"])), Token)));
        Assert.Equal(20, children.Select(child => child.Id).Distinct().Count());

        await supervisor.DisposeAsync();

        Assert.All(await Task.WhenAll(children.Select(child => child.Exited)), code => Assert.Equal(128 + 15, code));
    }

    public void Dispose()
    {
        if (Directory.Exists(_path))
        {
            Directory.Delete(_path, recursive: true);
        }
    }

    private static int WatchdogOf(int hostId) => (
        from folder in Directory.EnumerateDirectories("/proc")
        where int.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out _)
        let commandLine = Read(Path.Combine(folder, "cmdline"))
        where commandLine.EndsWith("resilience-watchdog\0", StringComparison.Ordinal)
            && Read(Path.Combine(folder, "stat")).Split(") ")[^1].Split(' ')[1] == hostId.ToString(CultureInfo.InvariantCulture)
        select int.Parse(Path.GetFileName(folder), CultureInfo.InvariantCulture)).Single();

    private static string Read(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (IOException)
        {
            return "";
        }
    }

    private async Task<(Process Host, IReadOnlyList<ProcessIdentity> Children)> StartHostAsync()
    {
        var start = new ProcessStartInfo(DotNetHost.FullPath, [Path.Combine(AppContext.BaseDirectory, "Hosting.Tests.Host.dll"), _path])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
        };
        var host = Process.Start(start)!;
        string[] lines =
        [
            (await host.StandardOutput.ReadLineAsync(Token).AsTask().WaitAsync(_start, Token))!,
            (await host.StandardOutput.ReadLineAsync(Token).AsTask().WaitAsync(_start, Token))!,
        ];
        Assert.Contains("ready", lines); // the stubborn one has set its trap
        var numbers = lines.Single(line => line != "ready").Split(' ').Select(number => int.Parse(number, CultureInfo.InvariantCulture));
        return (host, [.. numbers.Select(number => ProcessIdentity.Of(number)!.Value)]);
    }
}
