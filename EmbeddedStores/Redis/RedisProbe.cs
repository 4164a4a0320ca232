using StackExchange.Redis;

namespace EmbeddedStores.Redis;

/// <summary>Asks a Redis server over a connection of its own.</summary>
internal static class RedisProbe
{
    private const int Milliseconds = 2000; // long enough for a busy machine, short enough for a health check every second

    /// <summary>Sends PING.</summary>
    /// <param name="connectionString">How to connect.</param>
    /// <returns>Null when the server answered, else one sentence that says what is wrong.</returns>
    public static async Task<StoreFailure?> AskAsync(string connectionString)
    {
        var options = ConfigurationOptions.Parse(connectionString);
        options.AbortOnConnectFail = true;
        options.ConnectRetry = 1;
        options.ConnectTimeout = Milliseconds;
        options.AsyncTimeout = Milliseconds;
        var server = $"Redis at {string.Join(", ", options.EndPoints.Select(Format))}";
        try
        {
            await using var client = await ConnectionMultiplexer.ConnectAsync(options);
            await client.GetDatabase().PingAsync();
            return null;
        }
        catch (Exception failure) when (failure is RedisException or TimeoutException)
        {
            return failure is RedisConnectionException { FailureType: ConnectionFailureType.AuthenticationFailure }
                || failure.Message.Contains("WRONGPASS", StringComparison.Ordinal) || failure.Message.Contains("NOAUTH", StringComparison.Ordinal)
                ? new($"{server} refuses the password.", IsLasting: true)
                : new($"{server} does not answer ({failure.GetType().Name}).", IsLasting: false);
        }
    }

    private static string Format(System.Net.EndPoint endpoint) => endpoint switch
    {
        System.Net.DnsEndPoint dns => $"{dns.Host}:{dns.Port}",
        _ => endpoint.ToString() ?? "",
    };
}
