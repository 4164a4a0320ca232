using System.Data.Common;
using System.Globalization;

namespace FaultProxy.Proxies;

/// <summary>The edges of a system, as its host describes them: <c>Edges:ordersdb=15201</c>, and where that leads in the words that any service gets.</summary>
internal static class Edges
{
    private const string Section = "Edges";
    private const string PostgresPort = "5432";
    private const string RedisPort = "6379";

    /// <summary>Reads the edges.</summary>
    /// <param name="configuration">Has <c>Edges</c>, with the ports to listen on, and beside it connection strings and addresses of services.</param>
    /// <returns>A proxy for each.</returns>
    /// <exception cref="ProxyException">An edge leads nowhere.</exception>
    public static IReadOnlyList<ProxyBody> Read(IConfiguration configuration) =>
        [.. configuration.GetSection(Section).GetChildren().Select(edge => new ProxyBody(edge.Key, $"127.0.0.1:{edge.Value}", UpstreamOf(edge.Key, configuration)))];

    private static string UpstreamOf(string name, IConfiguration configuration)
    {
        if (configuration.GetConnectionString(name) is { Length: > 0 } connectionString)
        {
            try
            {
                return ServerOf(connectionString);
            }
            catch (ArgumentException)
            {
                throw ProxyException.BadBody($"ConnectionStrings:{name} can't be read (it isn't shown, since it may hold a password). Mend it, or remove {Section}:{name}.");
            }
        }

        var replicas = configuration.GetSection($"services:{name}:http").GetChildren().Select(static replica => new Uri(replica.Value!).Authority).ToList();
        return replicas.Count > 0
            ? string.Join(',', replicas)
            : throw ProxyException.BadBody($"the edge {name} leads nowhere: there is no ConnectionStrings:{name} and no service '{name}'. Reference it in AppHost/Program.cs, or remove {Section}:{name}.");
    }

    // Redis writes its hosts first and without a key; PostgreSQL has a key for each part.
    private static string ServerOf(string connectionString)
    {
        var first = connectionString.Split(',')[0];
        if (!first.Contains('=', StringComparison.Ordinal))
        {
            return first.Contains(':', StringComparison.Ordinal) ? first : $"{first}:{RedisPort}";
        }

        var parts = new DbConnectionStringBuilder { ConnectionString = connectionString };
        return string.Create(CultureInfo.InvariantCulture, $"{Part(parts, "Host") ?? Part(parts, "Server")}:{Part(parts, "Port") ?? PostgresPort}");
    }

    private static string? Part(DbConnectionStringBuilder parts, string key) => parts.TryGetValue(key, out var value) ? value.ToString() : null;
}
