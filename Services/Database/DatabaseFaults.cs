using System.Data;
using System.Data.Common;
using Resilience.ConnectionPools;

namespace Database;

/// <summary>Which of a database's errors are worth another try.</summary>
public static class DatabaseFaults
{
    /// <summary>Says whether the same statement may succeed a moment later. A pool whose connections are all in use is not asked again at once: that makes its queue longer.</summary>
    /// <param name="exception">What a statement, or opening a connection for it, threw.</param>
    /// <returns>Whether trying again makes sense.</returns>
    public static bool IsTransient(Exception exception) =>
        exception is DataException { InnerException: { } cause } ? IsTransient(cause) // Dapper's word for a row that broke off while it was read
        : exception is DbException { IsTransient: true } and not ConnectionUnavailableException { Reason: not PoolRefusalReason.ServerAway };
}
