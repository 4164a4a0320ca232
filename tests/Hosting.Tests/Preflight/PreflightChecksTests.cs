using System.Net;
using System.Net.Sockets;
using Hosting.Tests.Processes;
using LocalRunner.Preflight;
using LocalRunner.Processes;
using LocalRunner.Stores;
using Microsoft.Extensions.Configuration;
using Xunit;
using static LocalRunner.Preflight.PreflightLevel;

namespace Hosting.Tests.Preflight;

public sealed class PreflightChecksTests : IDisposable
{
    private readonly TemporaryData _data = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_is_there_is_told_with_its_version()
    {
        var findings = await PreflightChecks.RunAsync(Request() with { NeedsPostgres = true, Redis = "cache" }, Token);

        Assert.DoesNotContain(findings, finding => finding.Level is Problem);
        Assert.Matches(@"^\.NET 10\.\d+\.\d+$", findings[0].Text);
        Assert.Matches(@"^PostgreSQL( [\d.]+$| is not installed: it is fetched through npm, once$)", findings[1].Text);
        Assert.Matches(@"^Redis(: garnet)? [\d.]+$", findings[2].Text);
        Assert.Equal(new(Ok, $"data in {_data.FullPath}"), findings[3]);
    }

    [Fact]
    public async Task Root_is_told_whom_PostgreSQL_runs_as()
    {
        Assert.SkipUnless(UnixUser.IsRoot, "not root");

        var findings = await PreflightChecks.RunAsync(Request() with { NeedsPostgres = true }, Token);

        Assert.Contains(findings, finding => finding is { Level: Note, Text: "root: PostgreSQL runs as 'postgres'" or "root: PostgreSQL runs as 'nobody'" });
    }

    [Fact]
    public async Task Given_stores_are_not_looked_for()
    {
        var request = Request(
            new("ConnectionStrings:postgres", "Host=db.example;Username=shop"), new("ConnectionStrings:cache", "cache.example:6390")) with
        {
            NeedsPostgres = true,
            Redis = "cache",
        };

        var findings = await PreflightChecks.RunAsync(request, Token);

        Assert.Equal(["PostgreSQL at db.example:5432, as given", "Redis at cache.example:6390, as given", $"data in {_data.FullPath}"],
            findings.Skip(1).Select(finding => finding.Text));
        Assert.All(findings, finding => Assert.Equal(Ok, finding.Level));
    }

    [Fact]
    public async Task All_problems_are_told_at_once()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "/proc is Linux's");
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        var request = new PreflightRequest(
            "/proc/resilience",
            Configured(new("ConnectionStrings:postgres", "somewhere"), new("ConnectionStrings:cache", "password=only")))
        {
            NeedsPostgres = true,
            Redis = "cache",
            Ports = [new("gateway", port), new("lab", PortAllocator.Next())],
        };

        var findings = await PreflightChecks.RunAsync(request, Token);

        Assert.Collection(
            findings,
            sdk => Assert.Equal(Ok, sdk.Level),
            postgres => Assert.StartsWith("ConnectionStrings__postgres can't be read (", postgres.Text, StringComparison.Ordinal),
            redis => Assert.StartsWith("ConnectionStrings__cache names no server that can be read.", redis.Text, StringComparison.Ordinal),
            data => Assert.StartsWith("The data directory /proc/resilience can't be written (", data.Text, StringComparison.Ordinal),
            taken => Assert.Equal(
                new(Note, $"Port {port} of gateway is taken by {HolderName()} (process {Environment.ProcessId})", $"The next free one is used; stop that program to have {port} back."),
                taken));
        Assert.Equal(3, findings.Count(finding => finding.Level is Problem));
    }

    [Fact]
    public async Task A_data_directory_that_another_AppHost_holds_is_a_problem()
    {
        var findings = await PreflightChecks.RunAsync(Request() with { Data = null }, Token);

        Assert.Equal(
            new(Problem, $"The data directory {_data.FullPath} is in use by another AppHost (process {Environment.ProcessId}). Stop that one, or set RESILIENCE_DATA to another folder."),
            findings[^1]);
    }

    [Fact]
    public async Task Data_of_another_major_version_is_a_problem()
    {
        var installed = await PostgresBinaries.FindAsync([.. PostgresBinaries.UsualFolders, PostgresPackage.Folder], major: null, runAs: null, Token);
        Assert.SkipWhen(installed is null, "no PostgreSQL is installed yet");
        var cluster = Path.Combine(_data.Directory.Folder("postgres"), "data");
        Directory.CreateDirectory(cluster);
        await File.WriteAllTextAsync(Path.Combine(cluster, "PG_VERSION"), "9\n", Token);

        var findings = await PreflightChecks.RunAsync(Request() with { NeedsPostgres = true }, Token);

        Assert.Contains(findings, finding => finding.Level is Problem
            && finding.Text.StartsWith($"The data directory {cluster} was made by PostgreSQL 9, but the one found is ", StringComparison.Ordinal));
        var reset = await PreflightChecks.RunAsync(Request() with { NeedsPostgres = true, IsReset = true }, Token);
        Assert.DoesNotContain(reset, finding => finding.Level is Problem);
    }

    public void Dispose() => _data.Dispose();

    private static string HolderName() => File.ReadAllText("/proc/self/comm").Trim();

    private static IConfiguration Configured(params KeyValuePair<string, string?>[] settings) =>
        new ConfigurationBuilder().AddInMemoryCollection(settings).Build();

    private PreflightRequest Request(params KeyValuePair<string, string?>[] settings) =>
        new(_data.FullPath, Configured(settings)) { Data = _data.Directory };
}
