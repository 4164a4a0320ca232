using System.Globalization;

namespace EmbeddedStores.Tests.App;

/// <summary>A program that starts a PostgreSQL and is then killed by a test.</summary>
internal static class LonelyServer
{
    public static async Task RunAsync(string folder)
    {
        #region server
        var settings = new Dictionary<string, string> { ["max_connections"] = "20" };
        await using var postgres = new PostgresServer(new(folder) { Settings = settings });
        await postgres.StartAsync(CancellationToken.None);
        await postgres.EnsureDatabaseAsync("ordersdb", CancellationToken.None);
        #endregion
        Console.WriteLine(postgres.ProcessId!.Value.ToString(CultureInfo.InvariantCulture));
        await Console.In.ReadLineAsync();
    }
}
