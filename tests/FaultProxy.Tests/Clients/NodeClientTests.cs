using Xunit;

namespace FaultProxy.Tests.Clients;

/// <summary>An existing client drives the proxy unchanged.</summary>
public sealed class NodeClientTests
{
    private static readonly string[] _steps = ["create", "latency", "bandwidth", "slicer", "slow_close", "limit_data", "timeout", "reset_peer", "down", "reset", "populate"];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Toxiproxys_client_for_Node_makes_each_fault_and_sees_it()
    {
        var package = await NodeClient.FetchAsync(Token);
        await using var proxy = await RunningProxy.StartAsync();

        var (exitCode, output) = await NodeClient.RunAsync(
            "node",
            [Path.Combine(AppContext.BaseDirectory, "Clients", "drive.js"), package, proxy.Admin.BaseAddress!.ToString().TrimEnd('/'), proxy.Server.Address],
            Token);

        Assert.True(exitCode == 0, output);
        Assert.Equal(_steps, output.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }
}
