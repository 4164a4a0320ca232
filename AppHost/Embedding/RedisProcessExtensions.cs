using System.Text.Json;
using Aspire.Hosting.ApplicationModel;
using LocalRunner.Processes;
using LocalRunner.Stores;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using StackExchange.Redis;

namespace Aspire.Hosting;

public static class RedisProcessExtensions
{
    /// <summary>Runs Redis, or Garnet, as a process of this machine rather than in a container; in publish mode, and with <c>--Stores=containers</c>, changes nothing.</summary>
    public static IResourceBuilder<RedisResource> RunAsProcess(this IResourceBuilder<RedisResource> redis)
    {
        ArgumentNullException.ThrowIfNull(redis);
        var app = redis.ApplicationBuilder;
        if (app.ExecutionContext.IsPublishMode || app.Configuration["Stores"] == "containers")
        {
            return redis;
        }

        var folder = StoreFolder.Of(app, redis.Resource.Name);
        var configuration = Path.Combine(folder, "server.conf");
        var found = RedisBinaries.FindAsync(Executables.PathFolders, CancellationToken.None).GetAwaiter().GetResult()
            ?? throw new DistributedApplicationException("No Redis was found. Run dotnet tool restore in the repository, install redis-server, or start with --Stores=containers.");
        string[] own = found.IsGarnet ? ["--config-import-path", configuration] : [configuration];

        var process = StoreProcess.Replace(redis, found.Program, folder, [.. found.FirstArguments, .. own])
            .WithEnvironment("DOTNET_gcServer", "0");
        process.WithAnswerCheck(static async (connectionString, _) =>
        {
            var options = ConfigurationOptions.Parse(connectionString);
            options.ConnectTimeout = 1000;
            options.ConnectRetry = 1;
            await using var client = await ConnectionMultiplexer.ConnectAsync(options);
            await client.GetDatabase().PingAsync();
        });
        process.OnBeforeResourceStarted(async (_, started, cancellationToken) =>
        {
            var port = redis.Resource.PrimaryEndpoint.TargetPort!.Value;
            var password = (await redis.Resource.PasswordParameter!.GetValueAsync(cancellationToken))!;
            var text = found.IsGarnet
                ? JsonSerializer.Serialize(new Dictionary<string, object>(StringComparer.Ordinal)
                {
                    ["Address"] = "127.0.0.1", ["Port"] = port, ["AuthenticationMode"] = "Password", ["Password"] = password, ["EnableLua"] = true,
                    ["LogMemorySize"] = "64m", ["PageSize"] = "1m", ["IndexMemorySize"] = "1m",
                })
                : $"bind 127.0.0.1\nport {port}\nrequirepass {password}\nsave \"\"\nappendonly no\nmaxmemory 64mb\nmaxmemory-policy allkeys-lru\n";
            var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite };
            await using var file = new StreamWriter(configuration, options);
            await file.WriteAsync(text);
        });
#pragma warning disable ASPIRECERTIFICATES001
        redis.WithoutHttpsCertificate(); // with a trusted developer certificate Aspire would have the clients speak TLS
#pragma warning restore ASPIRECERTIFICATES001
        return redis;
    }
}
