using System.Diagnostics;
using System.Globalization;
using Xunit;

namespace Resilience.Redis.Tests.Servers;

/// <summary>Three real processes with a breaker each.</summary>
/// <typeparam name="TServer">What they exchange over.</typeparam>
public abstract class ProcessSpecification<TServer>(TServer server) : IAsyncLifetime
    where TServer : Server
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(30);

    private readonly List<Process> _processes = [];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task One_bad_process_of_three_makes_the_others_suspicious_and_two_open_the_third()
    {
        var (bad, second, idle) = await StartAsync(breakSeconds: 60);
        Assert.Equal("10", await AskAsync(bad, "fail 100"));

        await UntilAsync(second, static state => state.StartsWith("Closed None Suspicious 2 1 ", StringComparison.Ordinal));
        await UntilAsync(idle, static state => state.StartsWith("Closed None Suspicious 2 1 ", StringComparison.Ordinal));
        Assert.Equal("4", await AskAsync(second, "fail 4"));
        Assert.Equal("1", await AskAsync(second, "fail 100")); // the fifth in a row: half of what it takes without a suspicion
        await UntilAsync(idle, static state => state.StartsWith("Open Peers Confirmed 2 2 ", StringComparison.Ordinal));
        Assert.Equal("0", await AskAsync(idle, "succeed 1"));
    }

    [Fact]
    public async Task Half_open_processes_probe_one_after_another()
    {
        var all = await StartAsync(breakSeconds: 0.1);
        Process[] fleet = [all.First, all.Second, all.Third];
        foreach (var process in fleet)
        {
            await AskAsync(process, "fail 10");
        }

        var storms = await Task.WhenAll(fleet.Select(static process => AskAsync(process, "storm 3")));

        var probes = (from process in fleet.Index()
                      from probe in storms[process.Index].Split(' ', StringSplitOptions.RemoveEmptyEntries)
                      let times = probe.Split('-').Select(static time => long.Parse(time, CultureInfo.InvariantCulture)).ToList()
                      orderby times[0]
                      select (Process: process.Index, Start: times[0], End: times[1])).ToList();
        TestContext.Current.TestOutputHelper!.WriteLine($"{probes.Count} probes by {probes.DistinctBy(static probe => probe.Process).Count()} processes");
        Assert.Equal(3, probes.DistinctBy(static probe => probe.Process).Count());
        Assert.Empty(
            from one in probes
            from other in probes
            where one.Process < other.Process && one.Start < other.End && other.Start < one.End
            select (one, other));
    }

    /// <inheritdoc />
    public ValueTask InitializeAsync() => default;

    /// <inheritdoc />
    public ValueTask DisposeAsync()
    {
        foreach (var process in _processes)
        {
            process.Kill();
            process.Dispose();
        }

        GC.SuppressFinalize(this);
        return default;
    }

    private static async Task<string> AskAsync(Process process, string command)
    {
        await process.StandardInput.WriteLineAsync(command.AsMemory(), Token);
        return await ReadAsync(process);
    }

    private static async Task<string> ReadAsync(Process process) =>
        await process.StandardOutput.ReadLineAsync(Token).AsTask().WaitAsync(_patience, Token) ?? throw new InvalidOperationException("The process is gone.");

    private static async Task UntilAsync(Process process, Func<string, bool> holds)
    {
        var began = Stopwatch.GetTimestamp();
        for (var state = await AskAsync(process, "state"); !holds(state); state = await AskAsync(process, "state"))
        {
            Assert.True(Stopwatch.GetElapsedTime(began) < _patience, state);
            await Task.Delay(5, Token);
        }
    }

    private async Task<(Process First, Process Second, Process Third)> StartAsync(double breakSeconds)
    {
        var circuit = "processes:" + Guid.NewGuid();
        for (var node = 0; node < 3; node++)
        {
            _processes.Add(Process.Start(new ProcessStartInfo(
                Environment.ProcessPath is { } self && Path.GetFileNameWithoutExtension(self) == "dotnet" ? self : "dotnet",
                [
                    Path.Combine(AppContext.BaseDirectory, "Resilience.Redis.Tests.Host.dll"), server.ConnectionString, $"node-{node}", circuit,
                    breakSeconds.ToString(CultureInfo.InvariantCulture),
                ])
            {
                UseShellExecute = false,
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
            })!);
        }

        foreach (var process in _processes)
        {
            Assert.Equal("ready", await ReadAsync(process));
        }

        foreach (var process in _processes)
        {
            await UntilAsync(process, static state => state.Contains(" 2 0 True", StringComparison.Ordinal));
        }

        return (_processes[0], _processes[1], _processes[2]);
    }
}

[Collection(nameof(GarnetServer))]
public sealed class GarnetProcessTests(GarnetServer server) : ProcessSpecification<GarnetServer>(server);

[Collection(nameof(RealRedisServer))]
public sealed class RealRedisProcessTests(RealRedisServer server) : ProcessSpecification<RealRedisServer>(server);
