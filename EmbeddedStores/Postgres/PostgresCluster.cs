using System.Globalization;
using EmbeddedStores.Data;
using EmbeddedStores.Processes;

namespace EmbeddedStores.Postgres;

/// <summary>A data directory of PostgreSQL: initialised once, then kept.</summary>
/// <param name="data">The folder that it is in.</param>
/// <param name="name">The store's name, which is the name of its folder and of its password.</param>
internal sealed class PostgresCluster(DataFolder data, string name)
{
    /// <summary>The cluster_name that marks a server of this library on its command line.</summary>
    public const string Mark = "cluster_name=embedded-stores";

    private static readonly TimeSpan _stop = TimeSpan.FromSeconds(5);

    /// <summary>Gets the data directory.</summary>
    public string FullPath { get; } = PathIn(data.FullPath, name);

    /// <summary>Gets the process number in <c>postmaster.pid</c>; null when there is none.</summary>
    public int? ServerId
    {
        get
        {
            try
            {
                return int.TryParse(File.ReadLines(PidFile).FirstOrDefault(), CultureInfo.InvariantCulture, out var id) ? id : null;
            }
            catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
            {
                return null;
            }
        }
    }

    private string PidFile => Path.Combine(FullPath, "postmaster.pid");

    private string Parent => Path.GetDirectoryName(FullPath)!;

    /// <summary>Reads the major version that made the data.</summary>
    /// <param name="dataPath">The data folder.</param>
    /// <param name="name">The store's name.</param>
    /// <returns>The version, or null when there is no data.</returns>
    public static string? MajorIn(string dataPath, string name)
    {
        var file = Path.Combine(PathIn(dataPath, name), "PG_VERSION");
        return File.Exists(file) ? File.ReadAllText(file).Trim() : null;
    }

    /// <summary>Refuses a PostgreSQL that can't read the data.</summary>
    /// <param name="dataPath">The data folder.</param>
    /// <param name="name">The store's name.</param>
    /// <param name="found">The PostgreSQL that was found.</param>
    /// <exception cref="StoreException">Another major version made the data.</exception>
    public static void RefuseOtherMajor(string dataPath, string name, PostgresInstallation found)
    {
        if (MajorIn(dataPath, name) is { } major && major != found.Major)
        {
            throw Unusable(
                PathIn(dataPath, name),
                $"was made by PostgreSQL {major}, but the one found is {found.Version} ({found.Folder}). Install PostgreSQL {major}");
        }
    }

    /// <summary>Initialises the data directory where it is missing, and clears it after a crash.</summary>
    /// <param name="installation">The PostgreSQL that will run in it.</param>
    /// <param name="runAs">The user that it will run as; null for the current one.</param>
    /// <param name="user">The name of the superuser.</param>
    /// <param name="password">The superuser's password.</param>
    /// <param name="output">Receives initdb's lines.</param>
    /// <param name="cancellationToken">Ends the preparation.</param>
    /// <exception cref="StoreException">This PostgreSQL can't use the data, or can't make a data directory.</exception>
    public async Task PrepareAsync(
        PostgresInstallation installation, UnixUser? runAs, string user, string password, Action<string> output, CancellationToken cancellationToken)
    {
        await HandOverAsync(data.Folder(name), runAs, cancellationToken);
        if (MajorIn(data.FullPath, name) is not null)
        {
            RefuseOtherMajor(data.FullPath, name, installation);
            await ClearAfterCrashAsync(output, cancellationToken);
            return;
        }

        if (Directory.Exists(FullPath) && Directory.EnumerateFileSystemEntries(FullPath).Any())
        {
            throw Unusable(FullPath, "holds files, but no PostgreSQL data. Move them away");
        }

        await InitializeAsync(installation, runAs, user, password, output, cancellationToken);
    }

    /// <summary>Ends what an AppHost that was killed left running in it.</summary>
    /// <remarks>
    /// After a SIGKILL, processes of the old server may hold its shared memory, and a new server refuses to start. The old postmaster.pid
    /// stays as well, and stops a new server when another process has its number by now. Linux gives one sure sign of a server's process:
    /// its working directory is the data directory.
    /// </remarks>
    /// <param name="output">Receives a line when something was ended.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="StoreException">A PostgreSQL that this library did not start runs in it.</exception>
    public async Task ClearAfterCrashAsync(Action<string> output, CancellationToken cancellationToken)
    {
        if (!OperatingSystem.IsLinux() || !Directory.Exists(FullPath))
        {
            return;
        }

        var began = Clock.System.GetTimestamp();
        var told = false;
        int? stopping = null; // a server deletes its postmaster.pid a moment before it ends
        while (ServerProcesses() is { Count: > 0 } processes)
        {
            if (!told)
            {
                output($"Ending {processes.Count} processes of an earlier PostgreSQL in {FullPath}.");
                told = true;
            }

            var server = ServerId ?? stopping ?? 0;
            if (!processes.Contains(server) || Clock.System.GetElapsedTime(began) > _stop)
            {
                processes.ForEach(UnixSignals.Kill); // without their server they have nothing to do
            }
            else if (server == stopping || IsOurs(server))
            {
                stopping = server;
                ProcessTree.Continue(server);
                UnixSignals.Interrupt(server);
            }
            else
            {
                throw new StoreException($"The data directory {FullPath} is in use by a PostgreSQL that was started by hand (process {server}). Stop it.");
            }

            await Clock.PollAsync(cancellationToken);
        }

        File.Delete(PidFile);
    }

    /// <summary>Kills the processes of a server that is dead.</summary>
    /// <remarks>A process that computes notices its server's death late, and the orchestrator waits for the output that it keeps open.</remarks>
    public void KillOrphans()
    {
        if (OperatingSystem.IsLinux() && ServerId is { } server && !ProcessTree.IsRunning(server))
        {
            ServerProcesses().ForEach(UnixSignals.Kill);
        }
    }

    /// <summary>Deletes the data. No server may run in it.</summary>
    public void Delete()
    {
        if (Directory.Exists(FullPath))
        {
            Directory.Delete(FullPath, recursive: true);
        }
    }

    private static string PathIn(string dataPath, string name) => Path.Combine(dataPath, name, "data");

    private static bool IsOurs(int processId)
    {
        try
        {
            return File.ReadAllText($"/proc/{processId}/cmdline").Contains(Mark, StringComparison.Ordinal);
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return true; // it has just ended
        }
    }

    private static StoreException Unusable(string path, string because) =>
        new($"The data directory {path} {because}, or start once with --Stores:Reset=true to begin with empty databases.");

    private async Task HandOverAsync(string parent, UnixUser? runAs, CancellationToken cancellationToken)
    {
        if (runAs is null)
        {
            return;
        }

        data.AllowWalkingThrough();
        runAs.Own(parent);
        string[] probe = [.. UnixLaunch.AsUser(runAs), "/bin/sh", "-c", "cd \"$1\" && test -w .", "probe", parent];
        if ((await ShortCommand.RunAsync(probe, cancellationToken)).Output is null)
        {
            throw new StoreException(
                $"The data directory {parent} can't be reached by the user '{runAs.Name}', as which root runs PostgreSQL. "
                + $"Set {DataFolder.Setting} to a folder that other users may walk to, or don't run as root.");
        }
    }

    // Under another name until it is complete, so that a kill never leaves half a data directory.
    private async Task InitializeAsync(
        PostgresInstallation installation, UnixUser? runAs, string user, string password, Action<string> output, CancellationToken cancellationToken)
    {
        var building = Path.Combine(Parent, "initializing");
        if (Directory.Exists(building))
        {
            Directory.Delete(building, recursive: true);
        }

        var passwordFile = data.PrivateFile(Path.Combine(name, "password"), password);
        runAs?.Own(passwordFile);
        string[] command =
        [
            .. UnixLaunch.AsUser(runAs), installation.Program("initdb"), "--pgdata", building, "--username", user, "--pwfile", passwordFile,
            "--auth", "scram-sha-256", "--encoding", "UTF8", "--locale", "C", "--data-checksums", "--no-instructions",
        ];
        try
        {
            await ToolCommand.RunAsync(command, Parent, output, $"Check that the disk has room and that {Parent} is writable.", cancellationToken);
            Delete(); // it is empty, and Directory.Move takes no existing target
            Directory.Move(building, FullPath);
        }
        finally
        {
            File.Delete(passwordFile);
        }
    }

    private List<int> ServerProcesses() =>
    [
        .. from folder in Directory.EnumerateDirectories("/proc")
           let process = Path.GetFileName(folder)
           where int.TryParse(process, CultureInfo.InvariantCulture, out _) && IsServerProcess(folder)
           select int.Parse(process, CultureInfo.InvariantCulture),
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
            return false; // it has ended, or it belongs to another user
        }
    }
}
