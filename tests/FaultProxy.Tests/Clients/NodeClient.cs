using System.Diagnostics;
using Xunit;

namespace FaultProxy.Tests.Clients;

/// <summary>Toxiproxy's client for Node, as its registry has it, fetched once into the build's own folder.</summary>
internal static class NodeClient
{
    private const string Package = "toxiproxy-node-client";
    private const string Version = "4.1.0";
    private static readonly TimeSpan _patience = TimeSpan.FromMinutes(2);

    private static string Cache => Path.Combine(Artifacts(), "npm", $"{Package}-{Version}");

    /// <summary>Fetches it, where it isn't there yet.</summary>
    /// <returns>The folder of the package.</returns>
    public static async Task<string> FetchAsync(CancellationToken cancellationToken)
    {
        Assert.SkipUnless(Has("node") && Has("npm"), "This test drives the proxy with Toxiproxy's client for Node, and there is no node or no npm. Install Node.js 18 or newer: apt-get install nodejs npm, or brew install node.");
        if (!Directory.Exists(Cache))
        {
            // Made under another name and moved into place when whole.
            var building = Directory.CreateDirectory(Path.Combine(Artifacts(), "npm", Path.GetRandomFileName())).FullName;
            var (exitCode, output) = await RunAsync(
                "npm",
                ["install", $"{Package}@{Version}", "--prefix", building, "--no-save", "--no-package-lock", "--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier"],
                cancellationToken);
            Assert.True(exitCode == 0, $"npm can't fetch {Package}: {output}");
            Directory.Move(building, Cache);
        }

        return Path.Combine(Cache, "node_modules", Package);
    }

    /// <summary>Runs a program until it ends.</summary>
    /// <returns>Its exit code, and all that it wrote.</returns>
    public static async Task<(int ExitCode, string Output)> RunAsync(string program, IEnumerable<string> arguments, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(_patience);
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false })!;
        try
        {
            var (output, errors) = (process.StandardOutput.ReadToEndAsync(limit.Token), process.StandardError.ReadToEndAsync(limit.Token));
            await process.WaitForExitAsync(limit.Token);
            return (process.ExitCode, await output + await errors);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }
    }

    private static bool Has(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Any(folder => File.Exists(Path.Combine(folder, program)));

    // The build writes to artifacts/bin/<project>/<configuration>.
    private static string Artifacts() => Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "..", "..", ".."));
}
