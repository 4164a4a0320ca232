using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Xunit;

namespace Services.Tests;

/// <summary>Tries what a service's role must not be able to do.</summary>
internal static class ServiceRoles
{
    /// <summary>Runs a statement as the service does.</summary>
    public static async Task AssertRefusedAsync(IServiceProvider services, string sql)
    {
        var database = services.GetRequiredService<NpgsqlDataSource>();
        await using var command = database.CreateCommand(sql);

        var refusal = await Assert.ThrowsAsync<PostgresException>(() => command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken));

        Assert.Equal(PostgresErrorCodes.InsufficientPrivilege, refusal.SqlState);
    }
}
