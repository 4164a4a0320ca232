using Aspire.Hosting;
using EmbeddedStores.Postgres;
using Xunit;

namespace EmbeddedStores.Tests.Preflight;

public sealed class StorePreflightTests : IDisposable
{
    private static readonly string[] _brokenFolders = ["dangling", "folder", "plain", "failing", "foreign", "nameless", "missing"];

    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task All_problems_are_found_at_once_each_with_its_mend()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "/proc is Linux's");

        var findings = await CheckAsync(
            "--Stores=container", "--Stores:Reset=maybe", "--ConnectionStrings:given=somewhere", "--ConnectionStrings:cache=password=only", "--Stores:Data=/proc/stores");

        Assert.Collection(
            findings.Select(static finding => finding.Text),
            static stores => Assert.Equal("Stores is 'container'. Set it to 'processes', which is the default, or to 'containers'.", stores),
            static reset => Assert.Equal("Stores:Reset is 'maybe'. Set it to true, which deletes the data before the start, or to false.", reset),
            static given => Assert.Matches("^ConnectionStrings__given can't be read \\(.+\\)\\. Write it as Host=…;Port=…;Username=…;Password=…, or remove it, so that a server is started\\.$", given),
            static cache => Assert.Equal("ConnectionStrings__cache can't be read (it names no server). Write it as host:port,password=…, or remove it, so that a server is started.", cache),
            static data => Assert.Matches("^The data folder /proc/stores can't be written \\(.+\\)\\. Make it writable, or set Stores:Data to a folder that is\\.$", data));
        Assert.All(findings, static finding => Assert.True(finding.IsProblem));
    }

    [Fact]
    public async Task A_clean_start_has_no_findings_and_nothing_is_created_but_the_folder()
    {
        Assert.Empty(await CheckAsync($"--Stores:Data={_folder.FullPath}"));
        Assert.Equal(["stores.lock", "stores.pid"], Directory.EnumerateFileSystemEntries(_folder.FullPath).Select(Path.GetFileName).Order());
    }

    [Fact]
    public async Task Data_of_another_major_version_is_a_problem_unless_it_is_reset()
    {
        await File.WriteAllTextAsync(_folder.In("stores.lock"), "", Token);
        await File.WriteAllTextAsync(_folder.In("postgres", "data", "PG_VERSION"), "9\n", Token);

        var finding = Assert.Single(await CheckAsync($"--Stores:Data={_folder.FullPath}"));

        Assert.Matches(
            $@"^The data directory {_folder.FullPath}/postgres/data was made by PostgreSQL 9, but the one found is [0-9.]+ \(.+\)\. "
            + @"Install PostgreSQL 9, or start once with --Stores:Reset=true to begin with empty databases\.$",
            finding.Text);
    }

    [Fact]
    public async Task A_folder_with_other_files_is_refused_with_a_reset_too()
    {
        await File.WriteAllTextAsync(_folder.In("thesis.txt"), "years of work", Token);

        var finding = Assert.Single(await CheckAsync($"--Stores:Data={_folder.FullPath}", "--Stores:Reset=true"));

        Assert.Equal(
            $"The folder {_folder.FullPath} holds files, but it is not a data folder of an AppHost. Set Stores:Data to an empty folder, or to one that does not exist yet.",
            finding.Text);
        Assert.True(File.Exists(_folder.In("thesis.txt")));
    }

    [Fact]
    public async Task A_low_limit_of_open_files_is_one_finding_and_no_stack_trace()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no such limit");

        var (exitCode, _, errors) = await AppProcess.RunAsync([$"--Stores:Data={_folder.FullPath}"], Token, "ulimit -n 256");

        Assert.Equal(
            "Problem: This process may open 256 files; the orchestrator and the stores need 1024. Run `ulimit -n 4096` in the shell before the start.\n", errors);
        Assert.Equal(1, exitCode);
    }

    [Fact]
    public async Task Without_the_preflight_a_start_fails_with_every_problem_on_a_line()
    {
        using var held = _folder.Open();

        var (exitCode, _, errors) = await AppProcess.RunAsync([$"--Stores:Data={_folder.FullPath}", "--Stores=pods", "--Preflight=off"], Token);

        Assert.NotEqual(0, exitCode);
        Assert.Contains("Stores is 'pods'. Set it to 'processes', which is the default, or to 'containers'.\nThe data folder ", errors, StringComparison.Ordinal);
        Assert.Contains($"is in use by another AppHost (process {Environment.ProcessId}).", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Broken_programs_are_passed_over_and_named()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "links and modes of Unix");
        Directory.CreateSymbolicLink(_folder.In("dangling", "initdb"), "/nowhere/initdb");
        Directory.CreateDirectory(_folder.In("folder", "postgres"));
        await File.WriteAllTextAsync(_folder.In("plain", "postgres"), "", Token);
        Broken("failing", "#!/bin/sh\necho no such library >&2\nexit 127\n");
        Broken("foreign", "\u007fELF not for here");
        Broken("nameless", "#!/bin/sh\necho hello\n");
        List<string> passedOver = [];
        var folders = _brokenFolders.Select(name => Path.Combine(_folder.FullPath, name)).Concat(PostgresInstallation.UsualFolders);

        var found = await PostgresInstallation.FindAsync(folders, major: null, runAs: null, passedOver.Add, Token);

        Assert.NotNull(found);
        Assert.Collection(
            passedOver,
            line => Assert.Equal($"{_folder.FullPath}/dangling/initdb was passed over: it is a link to /nowhere/initdb, which does not exist.", line),
            line => Assert.Equal($"{_folder.FullPath}/folder/postgres was passed over: it is a folder.", line),
            line => Assert.Equal($"{_folder.FullPath}/plain/postgres was passed over: it is not executable.", line),
            line => Assert.Equal($"{_folder.FullPath}/failing/postgres was passed over: asked for its version, it ends with exit code 127: no such library.", line),
            line => Assert.StartsWith($"{_folder.FullPath}/foreign/postgres was passed over: asked for its version, ", line, StringComparison.Ordinal),
            line => Assert.Equal($"{_folder.FullPath}/nameless/postgres was passed over: asked for its version, it names none.", line));

        void Broken(string folder, string script)
        {
            _folder.Program(folder, "initdb", "#!/bin/sh\n");
            _folder.Program(folder, "postgres", script);
        }
    }

    public void Dispose() => _folder.Dispose();

    private static async Task<IReadOnlyList<StoreFinding>> CheckAsync(params string[] arguments)
    {
        var builder = DistributedApplication.CreateBuilder(arguments);
        builder.AddPostgres("given").RunAsProcess();
        builder.AddPostgres("postgres").RunAsProcess();
        builder.AddRedis("cache").RunAsProcess();
        var findings = await StorePreflight.CheckAsync(builder, Token);
        EmbeddedStores.AppModel.StoreRegistry.Of(builder).Dispose();
        return findings;
    }
}
