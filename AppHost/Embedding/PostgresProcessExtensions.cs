using System.Globalization;
using System.Runtime.InteropServices;
using Aspire.Hosting.ApplicationModel;
using LocalRunner.Processes;
using LocalRunner.Stores;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Aspire.Hosting;

public static class PostgresProcessExtensions
{
    /// <summary>Runs PostgreSQL as a process of this machine rather than in a container; in publish mode, and with <c>--Stores=containers</c>, changes nothing.</summary>
    public static IResourceBuilder<PostgresServerResource> RunAsProcess(this IResourceBuilder<PostgresServerResource> postgres)
    {
        ArgumentNullException.ThrowIfNull(postgres);
        var app = postgres.ApplicationBuilder;
        if (app.ExecutionContext.IsPublishMode || app.Configuration["Stores"] == "containers")
        {
            return postgres;
        }

        var server = postgres.Resource;
        var folder = StoreFolder.Of(app, server.Name);
        var data = Path.Combine(folder, "data");
        var runAs = PostgresUser.Choose();
        var major = File.Exists(Path.Combine(data, "PG_VERSION")) ? File.ReadAllText(Path.Combine(data, "PG_VERSION")).Trim() : null;
        var found = PostgresBinaries.FindAsync([.. PostgresBinaries.UsualFolders, PostgresNpm.Folder], major, runAs, CancellationToken.None).GetAwaiter().GetResult();
        var programs = found?.Folder ?? PostgresNpm.Folder;
        string[] asUser = runAs is null ? [] : [.. UnixLaunch.AsUser(runAs.Name)];
        string[] command = [.. asUser, Path.Combine(programs, "postgres")];
        var port = server.PrimaryEndpoint.Property(EndpointProperty.TargetPort);

        var process = StoreProcess.Replace(postgres, command[0], folder,
        [
            .. command.Skip(1), "-D", data, "-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=", "-c", "max_connections=200", "-c", "shared_buffers=64MB",
            "-c", "logging_collector=off", "-p", port,
        ]);

        process.WithAnswerCheck(static async (connectionString, cancellationToken) =>
        {
            await using var connection = new NpgsqlConnection(connectionString + ";Database=postgres;Pooling=false;Timeout=2;Command Timeout=2");
            await connection.OpenAsync(cancellationToken);
            await using var command = new NpgsqlCommand("select 1", connection);
            await command.ExecuteScalarAsync(cancellationToken);
        });
        process.OnResourceReady(async (_, _, cancellationToken) =>
        {
            await using var connection = new NpgsqlConnection(await server.GetConnectionStringAsync(cancellationToken) + ";Database=postgres;Pooling=false");
            await connection.OpenAsync(cancellationToken);
            foreach (var database in server.Databases.Values)
            {
                await using var create = new NpgsqlCommand($"create database {new NpgsqlCommandBuilder().QuoteIdentifier(database)}", connection);
                try
                {
                    await create.ExecuteNonQueryAsync(cancellationToken);
                }
                catch (PostgresException there) when (there.SqlState == PostgresErrorCodes.DuplicateDatabase)
                {
                }
            }
        });

        // Before every start, the ones from the dashboard too.
        process.OnBeforeResourceStarted(async (_, started, cancellationToken) =>
        {
            var log = started.Services.GetRequiredService<ResourceLoggerService>().GetLogger(process.Resource);
            if (!File.Exists(Path.Combine(programs, OperatingSystem.IsWindows() ? "postgres.exe" : "postgres")))
            {
                await PostgresNpm.FetchAsync(log, cancellationToken);
            }

            runAs?.Own(folder);
            if (!File.Exists(Path.Combine(data, "PG_VERSION")))
            {
                await InitializeAsync(log, cancellationToken);
            }

            ClearAfterCrash(log, data);
        });

        app.Eventing.Subscribe<BeforeStartEvent>((start, cancellationToken) =>
        {
            // The orchestrator asks with SIGTERM, on which PostgreSQL waits for its clients to leave; SIGINT has it leave at once.
            var lifetime = start.Services.GetRequiredService<IHostApplicationLifetime>();
            lifetime.ApplicationStopping.Register(() => StopFast(data));
            _ = StopFastWhenStoppingAsync(start.Services.GetRequiredService<ResourceNotificationService>(), lifetime.ApplicationStopping);
            return Task.CompletedTask;
        });
        return postgres;

        async Task StopFastWhenStoppingAsync(ResourceNotificationService notifications, CancellationToken stopping)
        {
            try
            {
                await foreach (var change in notifications.WatchAsync(stopping))
                {
                    if (change.Resource == process.Resource && change.Snapshot.State?.Text == KnownResourceStates.Stopping)
                    {
                        StopFast(data);
                    }
                }
            }
            catch (OperationCanceledException)
            {
            }
        }

        async Task InitializeAsync(ILogger log, CancellationToken cancellationToken)
        {
            var building = Path.Combine(folder, "initializing");
            if (Directory.Exists(building))
            {
                Directory.Delete(building, recursive: true);
            }

            var password = Path.Combine(folder, "password");
            try
            {
                var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite };
                await using (var file = new StreamWriter(password, options))
                {
                    await file.WriteAsync(await server.PasswordParameter.GetValueAsync(cancellationToken));
                }

                runAs?.Own(password);
                string[] arguments =
                [
                    .. asUser.Skip(1), Path.Combine(programs, "initdb"), "--pgdata", building, "--username", await UserAsync(cancellationToken), "--pwfile", password,
                    "--auth", "scram-sha-256", "--encoding", "UTF8", "--locale", "C", "--data-checksums", "--no-instructions",
                ];
                await StoreProcess.RunAsync(log, asUser.FirstOrDefault() ?? arguments[0], asUser.Length > 0 ? arguments : arguments.Skip(1), folder, cancellationToken);
                Directory.Move(building, data);
            }
            finally
            {
                File.Delete(password);
            }
        }

        async Task<string> UserAsync(CancellationToken cancellationToken) => (await server.UserNameReference.GetValueAsync(cancellationToken))!;
    }

    // Of a server that was killed: its processes hold its shared memory for a moment, and its pid file may name a process that has nothing to do with it.
    private static void ClearAfterCrash(ILogger log, string data)
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        for (var tries = 0; ; tries++)
        {
            var left = Directory.EnumerateDirectories("/proc").Where(folder => int.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out _) && IsServer(folder)).ToList();
            if (left.Count == 0)
            {
                break;
            }

            log.LogWarning("Killing {Count} processes of a PostgreSQL that was killed.", left.Count);
            left.ForEach(folder => _ = Kill(int.Parse(Path.GetFileName(folder), CultureInfo.InvariantCulture), 9));
            Thread.Sleep(20);
        }

        File.Delete(Path.Combine(data, "postmaster.pid"));

        bool IsServer(string folder)
        {
            try
            {
                return new DirectoryInfo(Path.Combine(folder, "cwd")).LinkTarget == data && File.ReadAllText(Path.Combine(folder, "comm")).Trim() == "postgres";
            }
            catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
            {
                return false;
            }
        }
    }

    private static void StopFast(string data)
    {
        var file = Path.Combine(data, "postmaster.pid");
        if (!OperatingSystem.IsWindows() && File.Exists(file) && int.TryParse(File.ReadLines(file).FirstOrDefault(), CultureInfo.InvariantCulture, out var id))
        {
            _ = Kill(id, 2);
        }
    }

    [DllImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Kill(int process, int signal);
}
