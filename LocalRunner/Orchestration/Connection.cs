namespace LocalRunner.Orchestration;

/// <summary>How to reach a store: as one string, and in parts for programs that don't read such strings.</summary>
/// <param name="ConnectionString">The string.</param>
/// <param name="Properties">The parts, by the names that Aspire gives them.</param>
internal sealed record Connection(string ConnectionString, IReadOnlyList<KeyValuePair<string, string>> Properties)
{
    public static Connection ToPostgres(string connectionString, string host, int port, string userName, string password, string? database)
    {
        var path = database is null ? "" : $"/{Uri.EscapeDataString(database)}";
        List<KeyValuePair<string, string>> properties =
        [
            new("HOST", host),
            new("PORT", Invariant(port)),
            new("USERNAME", userName),
            new("PASSWORD", password),
            new("URI", $"postgresql://{Uri.EscapeDataString(userName)}:{Uri.EscapeDataString(password)}@{host}:{Invariant(port)}{path}"),
            new("JDBCCONNECTIONSTRING", $"jdbc:postgresql://{host}:{Invariant(port)}{path}"),
        ];
        if (database is not null)
        {
            properties.Add(new("DATABASENAME", database));
        }

        return new(connectionString, properties);
    }

    public static Connection ToRedis(string connectionString, string host, int port, string password) => new(
        connectionString,
        [
            new("HOST", host),
            new("PORT", Invariant(port)),
            new("PASSWORD", password),
            new("URI", $"redis://:{Uri.EscapeDataString(password)}@{host}:{Invariant(port)}"),
        ]);

    private static string Invariant(int number) => number.ToString(System.Globalization.CultureInfo.InvariantCulture);
}
