using System.Text.RegularExpressions;
using Hosting.Tests.App;
using Hosting.Tests.Processes;
using LocalRunner.Processes;
using Xunit;

namespace Hosting.Tests.Terminal;

public sealed partial class AppHostConsoleTests : IDisposable
{
    // Two seconds, as a person is promised, and what a busy machine adds.
    private static readonly TimeSpan _stopWithin = TimeSpan.FromSeconds(2.5);
    private static readonly TimeSpan _goneWithin = TimeSpan.FromSeconds(5);

    private readonly string _data = Path.Combine(Path.GetTempPath(), "resilience-" + Path.GetRandomFileName());
    private readonly string _otherData = Path.Combine(Path.GetTempPath(), "resilience-" + Path.GetRandomFileName());

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Two_checkouts_run_side_by_side_and_each_ends_at_once_when_asked()
    {
        using var first = AppHostProcess.Start(_data);
        await first.WaitForTextAsync("Ready in");
        using var second = AppHostProcess.Start(_otherData);
        await second.WaitForTextAsync("try:");

        Assert.StartsWith("Resilience.Aspire   local mode: LocalRunner, a stand-in for Aspire; no Docker needed   (--help)\n ✓ .NET ", first.Text, StringComparison.Ordinal);
        Assert.Matches(TakenPort(), second.Text);
        var ports = new[] { first, second }.Select(static host => FrontPort().Match(host.Text).Groups["port"].Value).ToList();
        Assert.Equal("5088", ports[0]);
        Assert.NotEqual(ports[0], ports[1]);
        using var client = new HttpClient();
        foreach (var port in ports)
        {
            Assert.Equal("Healthy", await client.GetStringAsync(new Uri($"http://localhost:{port}/health"), Token));
        }

        foreach (var (host, signal, data) in new[] { (first, AppHostProcess.CtrlC, _data), (second, "TERM", _otherData) })
        {
            var children = AppHostProcess.ChildrenIn(data);
            host.Signal(signal);

            Assert.True(await host.WaitForExitAsync() < _stopWithin, host.Text);
            Assert.Equal(0, host.ExitCode);
            Assert.Matches(Stopped(), host.Text);
            Assert.Equal(3, children.Count);
            Assert.All(children, static child => Assert.Null(ProcessIdentity.Of(child)));
        }
    }

    [Fact]
    public async Task A_killed_AppHost_leaves_no_process_behind_and_the_next_start_goes_on_from_its_data()
    {
        using (var killed = AppHostProcess.Start(_data, $"--{Switches.WithStores}=true"))
        {
            await killed.WaitForTextAsync("Ready in");
            var children = AppHostProcess.ChildrenIn(_data);
            Assert.Equal(5, children.Count);

            killed.Kill();

            await Eventually.IsTrueAsync(() => children.All(static child => ProcessIdentity.Of(child) is null), _goneWithin);
        }

        using var next = AppHostProcess.Start(_data, $"--{Switches.WithStores}=true");
        await next.WaitForTextAsync("Ready in");
        next.Signal(AppHostProcess.CtrlC);
        Assert.True(await next.WaitForExitAsync() < _stopWithin, next.Text);
    }

    [Fact]
    public async Task An_option_that_means_nothing_is_refused_before_anything_starts()
    {
        using var host = AppHostProcess.Start(_data, "--frobnicate");
        await host.WaitForExitAsync();

        Assert.Equal((2, "'--frobnicate' is not an option of the AppHost. Run 'dotnet run --project AppHost -- --help' for what is."), (host.ExitCode, host.Text));
        Assert.False(Directory.Exists(_data));
    }

    [Fact]
    public async Task A_data_directory_that_can_not_be_written_ends_the_start_with_a_mend()
    {
        await File.WriteAllTextAsync(_data, "in the way", Token);

        using var host = AppHostProcess.Start(_data);
        await host.WaitForExitAsync();

        Assert.Equal(1, host.ExitCode);
        Assert.Contains($" ✗ The data directory {_data} can't be written", host.Text, StringComparison.Ordinal);
    }

    public void Dispose()
    {
        if (File.Exists(_data))
        {
            File.Delete(_data);
        }

        foreach (var data in new[] { _data, _otherData }.Where(Directory.Exists))
        {
            Directory.Delete(data, recursive: true);
        }
    }

    [GeneratedRegex(@"! Port 5088 of front is taken by dotnet \(process \d+\)\. The next free one is used", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex TakenPort();

    [GeneratedRegex(@"Front +http://localhost:(?<port>\d+)", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex FrontPort();

    [GeneratedRegex(@"Stopped front, back-0, back-1 in \d\.\d s\.$", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Stopped();
}
