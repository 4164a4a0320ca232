using System.ComponentModel.DataAnnotations;
using Resilience.Validation;

namespace Resilience.ConnectionPools;

/// <summary>Says how connections to a database are pooled, and how one is made as good as new between two borrowers.</summary>
public sealed class PooledDataSourceOptions
{
    /// <summary>Takes everything back that a session of PostgreSQL can be made to remember, but for what was prepared.</summary>
    /// <remarks>
    /// It does what <c>DISCARD ALL</c> does, and in its order, less <c>DEALLOCATE ALL</c> and <c>DISCARD PLANS</c>: Npgsql keeps a list of the statements
    /// that it has prepared on a connection, and wouldn't learn that they are gone. A borrower's transaction is rolled back before, if it was begun through
    /// ADO.NET. One begun as text, which nobody else knows of, is what the first statement is for: <c>COMMIT</c> inside <c>DO</c> fails within a transaction,
    /// so the reset fails, the connection is closed, and the server rolls back; without one it does nothing. <c>ROLLBACK</c> in its place would write a
    /// warning to the server's log each time that there is nothing to roll back. All of it takes one round trip.
    /// </remarks>
    public const string PostgresReset =
        """
        DO 'BEGIN COMMIT; END';
        SET SESSION AUTHORIZATION DEFAULT;
        RESET ALL;
        CLOSE ALL;
        UNLISTEN *;
        SELECT pg_advisory_unlock_all();
        DISCARD SEQUENCES;
        DISCARD TEMP
        """;

    /// <summary>Gets or sets how many connections there are, and for how long.</summary>
    /// <value>The defaults of <see cref="ConnectionPoolOptions"/>; metrics have OpenTelemetry's names for databases, whatever it says there.</value>
    [Required]
    public ConnectionPoolOptions Pool { get; set; } = new();

    /// <summary>Gets or sets what is executed after a connection was given back and before it is lent again, in the background.</summary>
    /// <value>SQL, such as <see cref="PostgresReset"/>. Required, since what a session remembers would leak otherwise; empty for a database that remembers nothing.</value>
    [Required(AllowEmptyStrings = true)]
    public string? ResetCommand { get; set; }

    /// <summary>Gets or sets what is executed to find out whether an idle connection still works.</summary>
    /// <value>SQL; <c>SELECT 1</c> by default, and empty for never.</value>
    [Required(AllowEmptyStrings = true)]
    public string ValidationCommand { get; set; } = "SELECT 1";

    /// <summary>Gets or sets a value indicating whether the pool connects only after <see cref="ConnectionPool{T}.Resume"/>, such as when migrations have made the role.</summary>
    /// <value>False by default: the pool fills at once. A caller that asks a suspended pool waits for its turn.</value>
    public bool StartsSuspended { get; set; }

    /// <summary>Gets or sets how long after all sessions were made anew they may be again, when one refuses a write because it only reads (<c>SqlState</c> 25006).</summary>
    /// <remarks>
    /// A session that was begun while its database took no writes refuses them for as long as it lives, and passes every check: after a failover, a full disk or an
    /// operator's <c>default_transaction_read_only</c>, that is <see cref="ConnectionPoolOptions.MaxLifetime"/>.
    /// </remarks>
    /// <value>A time from 00:00:00 to 01:00:00; 00:00:01 by default, and zero for never. Longer, writes work again later, and a database that only reads is connected to less often.</value>
    [TimeRange("00:00:00", "01:00:00")]
    public TimeSpan ReadOnlyRenewal { get; set; } = TimeSpan.FromSeconds(1);
}
