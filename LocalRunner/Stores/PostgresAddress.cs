using Microsoft.Extensions.Configuration;
using Npgsql;

namespace LocalRunner.Stores;

/// <summary>Where PostgreSQL is, when it is given; what to say when there is none.</summary>
internal static class PostgresAddress
{
    /// <summary>The role that owns the server; Aspire gives it the same name.</summary>
    public const string SuperUser = "postgres";

    /// <summary>The environment variable that gives a server instead of starting one.</summary>
    public const string Setting = "ConnectionStrings__postgres";

    /// <summary>Says that there is no PostgreSQL, and each way out.</summary>
    public static string Missing { get; } =
        "PostgreSQL was not found on PATH, in the platform's usual folders or through npm. "
        + $"Install it (such as apt-get install postgresql), or install npm so that it can be fetched, or set {Setting} to a server that runs.";

    /// <summary>Reads the server that is given by configuration.</summary>
    /// <param name="configuration">May hold the connection string <c>postgres</c>.</param>
    /// <returns>How to connect to it, or null when none is given.</returns>
    /// <exception cref="LocalRunnerException">The connection string can't be read.</exception>
    public static NpgsqlConnectionStringBuilder? Given(IConfiguration configuration)
    {
        if (configuration.GetConnectionString("postgres") is not { Length: > 0 } text)
        {
            return null;
        }

        try
        {
            var given = new NpgsqlConnectionStringBuilder(text);
            given.Host ??= "localhost";
            return given;
        }
        catch (ArgumentException failure)
        {
            throw new LocalRunnerException(
                $"{Setting} can't be read ({failure.Message.TrimEnd('.')}). "
                + "Write it as Host=…;Port=…;Username=…;Password=…, or unset it to let one be started.",
                failure);
        }
    }
}
