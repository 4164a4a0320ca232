using System.Globalization;
using LocalRunner.Processes;
using Microsoft.Extensions.Configuration;

namespace LocalRunner.Stores;

/// <summary>Where a Redis server is, read from a connection string such as <c>localhost:6379,password=…,ssl=true</c>.</summary>
/// <param name="Host">The host's name or address.</param>
/// <param name="Port">The port.</param>
/// <param name="User">Who to sign in as; null for the default user.</param>
/// <param name="Password">The password; empty for none.</param>
/// <param name="IsTls">Whether it speaks TLS.</param>
/// <param name="ConnectionString">The whole of it, as it was given.</param>
internal sealed record RedisAddress(string Host, int Port, string? User, string Password, bool IsTls, string ConnectionString)
{
    private const int DefaultPort = 6379;
    private const int DefaultTlsPort = 6380;

    /// <summary>Reads the server that is given by configuration.</summary>
    /// <param name="configuration">May hold the connection string.</param>
    /// <param name="name">The connection string's name.</param>
    /// <returns>Where it is, or null when none is given.</returns>
    /// <exception cref="LocalRunnerException">The connection string can't be read.</exception>
    public static RedisAddress? Given(IConfiguration configuration, string name)
    {
        if (configuration.GetConnectionString(name) is not { Length: > 0 } text)
        {
            return null;
        }

        var parts = text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        var isTls = bool.TryParse(Option(parts, "ssl"), out var ssl) && ssl;
        var endpoint = parts.FirstOrDefault(static part => !part.Contains('=', StringComparison.Ordinal));
        var colon = endpoint?.LastIndexOf(':') ?? -1;
        var port = isTls ? DefaultTlsPort : DefaultPort;
        if (endpoint is null
            || (colon >= 0 && !int.TryParse(endpoint[(colon + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out port)))
        {
            throw new LocalRunnerException(
                $"ConnectionStrings__{name} names no server that can be read. "
                + "Write it as host:port,password=…, or unset it to let one be started.");
        }

        return new(colon < 0 ? endpoint : endpoint[..colon], port, Option(parts, "user"), Option(parts, "password") ?? "", isTls, text);
    }

    /// <summary>Describes a server that is started here.</summary>
    /// <param name="port">The port; null for a free one.</param>
    /// <param name="password">The generated password.</param>
    /// <returns>Where it will be.</returns>
    public static RedisAddress Local(int? port, string password)
    {
        var chosen = port ?? PortAllocator.Next();
        var text = string.Create(CultureInfo.InvariantCulture, $"localhost:{chosen},password={password}");
        return new("localhost", chosen, User: null, password, IsTls: false, text);
    }

    private static string? Option(string[] parts, string name) => parts
        .FirstOrDefault(part => part.StartsWith(name + "=", StringComparison.OrdinalIgnoreCase))?[(name.Length + 1)..];
}
