using System.Net;
using EmbeddedStores.AppModel;
using Microsoft.Extensions.Configuration;
using StackExchange.Redis;

namespace Aspire.Hosting;

/// <summary>Runs Redis without a container engine.</summary>
public static class EmbeddedRedisExtensions
{
    /// <summary>Runs Redis, or Garnet, as a process of this machine instead of a container.</summary>
    /// <remarks>
    /// In publish mode, and with the setting <c>Stores=containers</c>, nothing changes. With <c>ConnectionStrings__&lt;name&gt;</c> set, no
    /// process is started: the resource stands for the server that is given.
    /// </remarks>
    /// <param name="redis">The server's builder.</param>
    /// <returns>The same builder.</returns>
    public static IResourceBuilder<RedisResource> RunAsProcess(this IResourceBuilder<RedisResource> redis)
    {
        ArgumentNullException.ThrowIfNull(redis);
        var app = redis.ApplicationBuilder;
        if (app.ExecutionContext.IsPublishMode)
        {
            return redis;
        }

        var registry = StoreRegistry.Of(app);
        if (registry.IsContainers)
        {
            return redis;
        }

        if (app.Configuration.GetConnectionString(redis.Resource.Name) is { Length: > 0 } text)
        {
            return redis.StandForGiven(text, registry);
        }

        var name = redis.Resource.Name;
        if (redis.Resource.PasswordParameter is { } password && !app.Resources.Contains(password))
        {
            // Not a parameter of the model, so Aspire generated it.
            redis.WithPassword(app.CreateResourceBuilder(new ParameterResource($"{name}-password", _ => registry.OpenData().Secret(name), secret: true)));
        }

        var store = new EmbeddedRedis(redis.Resource, given: null, StoreEndpoint.Reserve(redis));
        registry.Add(store);
        WithoutTls(redis);
        StoreSurrogate.RunAsProcess(redis, store, registry);
        return redis;
    }

    /// <summary>Adds commands that break the store on purpose, and heal it: Pause, Kill, Heal and Reset data.</summary>
    /// <remarks>In publish mode, for containers and for a server that is given, nothing changes.</remarks>
    /// <param name="redis">The server's builder, after <see cref="RunAsProcess"/>.</param>
    /// <param name="pause">How long a pause lasts when nothing heals it: up to 10 minutes; null for 60 seconds.</param>
    /// <returns>The same builder.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="pause"/> is not positive, or longer than 10 minutes.</exception>
    /// <exception cref="InvalidOperationException"><see cref="RunAsProcess"/> was not called.</exception>
    public static IResourceBuilder<RedisResource> WithFaultCommands(this IResourceBuilder<RedisResource> redis, TimeSpan? pause = null)
    {
        ArgumentNullException.ThrowIfNull(redis);
        StoreFaults.AddCommands(redis, pause);
        return redis;
    }

    private static IResourceBuilder<RedisResource> StandForGiven(this IResourceBuilder<RedisResource> redis, string text, StoreRegistry registry)
    {
        var app = redis.ApplicationBuilder;
        var name = redis.Resource.Name;
        ConfigurationOptions given;
        try
        {
            given = ConfigurationOptions.Parse(text);
        }
        catch (ArgumentException failure)
        {
            return Unreadable(failure.Message.Split('\n')[0].TrimEnd('.'));
        }

        if (given.EndPoints.FirstOrDefault() is not { } endpoint)
        {
            return Unreadable("it names no server");
        }

        var (host, port) = endpoint switch
        {
            DnsEndPoint dns => (dns.Host, dns.Port),
            IPEndPoint ip => (ip.Address.ToString(), ip.Port),
            _ => ("localhost", 0),
        };
        redis.WithPassword(given.Password is { Length: > 0 } password
            ? app.CreateResourceBuilder(new ParameterResource($"{name}-password", _ => password, secret: true))
            : null);
        redis.WithConnectionStringRedirection(new GivenConnection(name, text));
        StoreEndpoint.Allocate(redis, host, port > 0 ? port : given.Ssl ? 6380 : 6379);
        WithoutTls(redis); // the connection string says whether it is used
        var store = new EmbeddedRedis(redis.Resource, text, port: 0);
        registry.Add(store);
        StoreSurrogate.StandForGiven(redis, store);
        return redis;

        IResourceBuilder<RedisResource> Unreadable(string why)
        {
            registry.AddProblem(
                $"ConnectionStrings__{name} can't be read ({why}). Write it as host:port,password=…, or remove it, so that a server is started.");
            return redis;
        }
    }

    // With a trusted developer certificate, Aspire would let the clients speak TLS, which the process does not.
    private static void WithoutTls(IResourceBuilder<RedisResource> redis) =>
#pragma warning disable ASPIRECERTIFICATES001 // the only way to switch it off is still marked as experimental
        redis.WithoutHttpsCertificate();
#pragma warning restore ASPIRECERTIFICATES001
}
