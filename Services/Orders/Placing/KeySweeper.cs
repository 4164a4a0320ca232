using System.Data.Common;
using Dapper;
using Database;
using Microsoft.Extensions.Options;
using ServiceDefaults.Startup;

namespace Orders.Placing;

/// <summary>Forgets keys, and the answers under them, that are older than they are kept for.</summary>
internal sealed class KeySweeper(
    DbDataSource database, IOptions<OrderOptions> options, StartupState startup, TimeProvider clock, ILogger<KeySweeper> logger)
    : PeriodicWork(startup, clock, logger)
{
    protected override TimeSpan Every => TimeSpan.FromMinutes(1);

    // A key that somebody works on stays, whatever its age.
    public override async Task RunAsync(CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await connection.ExecuteAsync(new CommandDefinition(
            "delete from idempotency_keys where created_at < now() - @keepFor and lease_until < now()",
            new { keepFor = options.Value.KeepKeysFor },
            cancellationToken: cancellationToken));
    }
}
