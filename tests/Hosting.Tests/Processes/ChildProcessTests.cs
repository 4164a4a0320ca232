using System.Collections.Concurrent;
using LocalRunner.Processes;
using Xunit;

namespace Hosting.Tests.Processes;

public sealed class ChildProcessTests : IAsyncDisposable
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(20);

    private readonly TemporaryData _data = new();
    private readonly ProcessSupervisor _supervisor;
    private readonly ConcurrentQueue<OutputLine> _lines = new();

    public ChildProcessTests() => _supervisor = new(_data.Directory, TimeProvider.System);

    [Fact]
    public async Task Lines_of_both_streams_arrive_whole_and_the_last_one_too()
    {
        var child = Shell("echo one; echo two >&2; printf 'three without an end'");

        Assert.Equal(0, await ExitAsync(child));

        Assert.Equal(["one", "three without an end"], _lines.Where(line => !line.IsError).Select(line => line.Text));
        Assert.Equal(["two"], _lines.Where(line => line.IsError).Select(line => line.Text));
    }

    [Fact]
    public async Task The_exit_code_is_the_programs_own() => Assert.Equal(7, await ExitAsync(Shell("exit 7")));

    [Fact]
    public async Task The_process_is_the_program_itself_in_a_group_of_its_own()
    {
        var child = Shell("echo $$ $(cut -d' ' -f5 /proc/$$/stat)");

        await ExitAsync(child);

        Assert.Equal($"{child.Id} {child.Id}", _lines.Single().Text);
    }

    [Fact]
    public async Task Variables_are_added_and_taken_away()
    {
        var child = _supervisor.Start(new("env", "/bin/sh", ["-c", "echo ${ADDED:-no} ${HOME:-no}"])
        {
            Environment = new Dictionary<string, string?>(StringComparer.Ordinal) { ["ADDED"] = "yes", ["HOME"] = null },
            Output = _lines.Enqueue,
        });

        await ExitAsync(child);

        Assert.Equal("yes no", _lines.Single().Text);
    }

    [Fact]
    public async Task Nothing_is_left_to_read_on_standard_input() => Assert.Equal(1, await ExitAsync(Shell("read -r line")));

    [Theory]
    [InlineData("Terminate", "TERM")]
    [InlineData("Interrupt", "INT")]
    [InlineData("Quit", "QUIT")]
    public async Task Stop_asks_with_the_signal_that_the_program_wants(string signal, string trapped)
    {
        var child = Shell($"trap 'echo {trapped}; exit 3' {trapped}; echo ready; while :; do sleep 0.01; done", Enum.Parse<StopSignal>(signal));
        await SaysAsync("ready");

        await child.StopAsync(_patience);

        Assert.Equal(3, await ExitAsync(child));
        Assert.Equal(trapped, _lines.Last().Text);
    }

    [Fact]
    public async Task Stop_kills_what_does_not_stop_within_the_grace()
    {
        var child = Shell("trap '' TERM; echo ready; while :; do sleep 0.01; done");
        await SaysAsync("ready");

        await child.StopAsync(TimeSpan.FromMilliseconds(100));

        Assert.Equal(128 + 9, await ExitAsync(child));
    }

    [Fact]
    public async Task Stopping_twice_and_what_has_ended_is_harmless()
    {
        var child = Shell("exit 0");
        await ExitAsync(child);

        await child.StopAsync(_patience);
        child.Kill();

        Assert.Equal(0, await child.Exited);
    }

    [Fact]
    public async Task Kill_takes_what_it_started_along()
    {
        var child = Shell("sleep 600 & echo $!; wait");
        await Eventually.IsTrueAsync(() => !_lines.IsEmpty, _patience);
        var grandchild = ProcessIdentity.Of(int.Parse(_lines.Single().Text, provider: null))!.Value;

        child.Kill();

        Assert.Equal(128 + 9, await ExitAsync(child));
        await Eventually.IsTrueAsync(() => !grandchild.IsRunning, _patience);
    }

    [Fact]
    public async Task An_end_is_seen_though_a_grandchild_keeps_the_output_open()
    {
        var child = Shell("sleep 600 & echo $!");

        Assert.Equal(0, await ExitAsync(child));

        child.Kill(); // the group outlives its leader, and is still known by it
        var grandchild = int.Parse(_lines.Single().Text, provider: null);
        await Eventually.IsTrueAsync(() => ProcessIdentity.Of(grandchild) is null, _patience);
    }

    [Fact]
    public void A_program_that_is_missing_is_named()
    {
        var failure = Assert.Throws<ChildProcessException>(() => _supervisor.Start(new("orders", "/nowhere/orders", [])));

        Assert.Equal("orders can't be started: there is no program /nowhere/orders. Build or install it.", failure.Message);
    }

    [Fact]
    public void A_user_that_is_missing_is_named()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "setpriv is Linux's");
        var failure = Assert.Throws<ChildProcessException>(() => _supervisor.Start(new("orders", "/bin/sh", []) { RunAs = "nobody-of-this-name" }));

        Assert.Equal("Nothing can run as 'nobody-of-this-name', because this machine has no such user. Create it, or don't run as root.", failure.Message);
    }

    [Fact]
    public async Task Root_gives_up_its_rights_and_groups_for_another_user()
    {
        Assert.SkipUnless(UnixUser.IsRoot, "only root can become another user");
        var nobody = UnixUser.Find("nobody")!;
        var child = _supervisor.Start(new("id", "/bin/sh", ["-c", "echo $(id -u) $(id -g) $(id -G)"]) { RunAs = nobody.Name, Output = _lines.Enqueue });

        await ExitAsync(child);

        Assert.Equal($"{nobody.UserId} {nobody.GroupId} {nobody.GroupId}", _lines.Single().Text);
    }

    public async ValueTask DisposeAsync()
    {
        await _supervisor.DisposeAsync();
        _data.Dispose();
    }

    private static Task<int> ExitAsync(ChildProcess child) => child.Exited.WaitAsync(_patience, TestContext.Current.CancellationToken);

    private ChildProcess Shell(string script, StopSignal signal = StopSignal.Terminate) =>
        _supervisor.Start(new("shell", "/bin/sh", ["-c", script]) { StopSignal = signal, Output = _lines.Enqueue });

    private Task SaysAsync(string text) => Eventually.IsTrueAsync(() => _lines.Any(line => line.Text == text), _patience);
}
