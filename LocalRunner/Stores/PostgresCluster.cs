using System.Globalization;
using LocalRunner.Processes;

namespace LocalRunner.Stores;

/// <summary>PostgreSQL's data of one checkout: made once, then kept.</summary>
internal sealed class PostgresCluster(DataDirectory data, TimeProvider clock)
{
    private const string Parent = "postgres";

    private static readonly TimeSpan _poll = TimeSpan.FromMilliseconds(20);

    /// <summary>Gets PostgreSQL's data directory.</summary>
    public string FullPath { get; } = PathIn(data.FullPath);

    /// <summary>Gets the major version that made it; null when there is none yet.</summary>
    public string? Major => MajorIn(data.FullPath);

    /// <summary>Finds the major version that made the data that there is.</summary>
    /// <param name="dataPath">The checkout's data directory.</param>
    /// <returns>The version, or null when there is no data yet.</returns>
    public static string? MajorIn(string dataPath)
    {
        var file = Path.Combine(PathIn(dataPath), "PG_VERSION");
        return File.Exists(file) ? File.ReadAllText(file).Trim() : null;
    }

    /// <summary>Refuses a PostgreSQL that can't read the data that there is.</summary>
    /// <param name="dataPath">The checkout's data directory.</param>
    /// <param name="binaries">The PostgreSQL that was found.</param>
    /// <exception cref="LocalRunnerException">Another major version made the data.</exception>
    public static void RefuseOtherMajor(string dataPath, PostgresBinaries binaries)
    {
        if (MajorIn(dataPath) is { } major && major != binaries.Major)
        {
            throw Unusable(
                dataPath,
                $"was made by PostgreSQL {major}, but the one found is {binaries.Version} ({binaries.Folder}). Install PostgreSQL {major}");
        }
    }

    /// <summary>Makes it where it is missing, and makes sure that a server can start in it.</summary>
    /// <param name="binaries">The PostgreSQL that will run in it.</param>
    /// <param name="runAs">The user that it will run as; null for ourselves.</param>
    /// <param name="supervisor">Starts initdb.</param>
    /// <param name="output">Receives initdb's lines.</param>
    /// <param name="cancellationToken">Ends the preparation.</param>
    /// <returns>When a server can start.</returns>
    /// <exception cref="LocalRunnerException">There is data that this PostgreSQL can't use, or none can be made.</exception>
    public async Task PrepareAsync(
        PostgresBinaries binaries, UnixUser? runAs, ProcessSupervisor supervisor, Action<OutputLine> output, CancellationToken cancellationToken)
    {
        var parent = data.Folder(Parent);
        await HandOverAsync(parent, runAs, cancellationToken);

        if (Major is not null)
        {
            RefuseOtherMajor(data.FullPath, binaries);
            await ClearAfterCrashAsync(cancellationToken);
            return;
        }

        if (Directory.Exists(FullPath) && Directory.EnumerateFileSystemEntries(FullPath).Any())
        {
            throw Unusable(data.FullPath, "holds files, but no PostgreSQL data. Move them away");
        }

        await InitializeAsync(parent, binaries, runAs, supervisor, output, cancellationToken);
    }

    private static string PathIn(string dataPath) => Path.Combine(dataPath, Parent, "data");

    private static LocalRunnerException Unusable(string dataPath, string because) =>
        new($"The data directory {PathIn(dataPath)} {because}, or start once with --reset to begin with empty databases.");

    private async Task HandOverAsync(string parent, UnixUser? runAs, CancellationToken cancellationToken)
    {
        if (runAs is null)
        {
            return;
        }

        data.AllowWalkingThrough();
        runAs.Own(parent);
        string[] probe = [.. UnixLaunch.AsUser(runAs.Name), "/bin/sh", "-c", "cd \"$1\" && test -w .", "probe", parent];
        if (await ShortCommand.ReadAsync(probe, cancellationToken) is null)
        {
            throw new LocalRunnerException(
                $"The data directory {parent} can't be reached by the user '{runAs.Name}', whom root runs PostgreSQL as. "
                + "Set RESILIENCE_DATA to a folder that others may walk to, or don't run as root.");
        }
    }

    // Under another name until whole, so that what bears the name "data" was never left half-made by a kill.
    private async Task InitializeAsync(
        string parent,
        PostgresBinaries binaries,
        UnixUser? runAs,
        ProcessSupervisor supervisor,
        Action<OutputLine> output,
        CancellationToken cancellationToken)
    {
        var building = Path.Combine(parent, "initializing");
        if (Directory.Exists(building))
        {
            Directory.Delete(building, recursive: true);
        }

        var password = data.PrivateFile(Path.Combine(Parent, "password"), data.Secret(Parent));
        runAs?.Own(password);
        string[] arguments =
        [
            "--pgdata", building, "--username", PostgresAddress.SuperUser, "--pwfile", password, "--auth", "scram-sha-256",
            "--encoding", "UTF8", "--locale", "C", "--data-checksums", "--no-instructions",
        ];
        try
        {
            await StoreCommand.RunAsync(
                supervisor,
                new("initdb", binaries.InitDb, arguments) { RunAs = runAs?.Name, WorkingDirectory = parent, Output = output },
                $"Check that the disk has room and that {parent} is writable.",
                cancellationToken);
            if (Directory.Exists(FullPath))
            {
                Directory.Delete(FullPath); // it is empty: Directory.Move takes no existing target
            }

            Directory.Move(building, FullPath);
        }
        finally
        {
            File.Delete(password);
        }
    }

    // After a SIGKILL, processes of the old server may hold its shared memory, and a new one refuses to start: most leave at once, but
    // not one that is deep in a computation. They have no server to work for any more, and the new one recovers from a crash in any case.
    // Its postmaster.pid stays behind, and would stop the new one if that number belonged to any other process of ours by now (in a
    // container numbers repeat soon). Both are told apart by the one sure sign that Linux gives: a server's processes sit in its folder.
    private async Task ClearAfterCrashAsync(CancellationToken cancellationToken)
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        var pidFile = Path.Combine(FullPath, "postmaster.pid");
        var lines = File.Exists(pidFile) ? await File.ReadAllLinesAsync(pidFile, cancellationToken) : [];
        var server = int.TryParse(lines.FirstOrDefault(), CultureInfo.InvariantCulture, out var id) ? id : 0; // its first line
        while (ServerProcesses() is { Count: > 0 } processes)
        {
            if (processes.Contains(server))
            {
                throw new LocalRunnerException(
                    $"The data directory {FullPath} is in use by a PostgreSQL that was not started here (process {server}). Stop it.");
            }

            processes.ForEach(UnixSignals.Kill);
            await Task.Delay(_poll, clock, cancellationToken);
        }

        File.Delete(pidFile);
    }

    private List<int> ServerProcesses() =>
    [
        .. from folder in Directory.EnumerateDirectories("/proc")
           let name = Path.GetFileName(folder)
           where int.TryParse(name, CultureInfo.InvariantCulture, out _) && IsServerProcess(folder)
           select int.Parse(name, CultureInfo.InvariantCulture),
    ];

    private bool IsServerProcess(string folder)
    {
        try
        {
            return new DirectoryInfo(Path.Combine(folder, "cwd")).LinkTarget == FullPath
                && File.ReadAllText(Path.Combine(folder, "comm")).Trim() == "postgres";
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return false; // it has gone, or is somebody else's
        }
    }
}
