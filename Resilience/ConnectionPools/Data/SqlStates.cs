namespace Resilience.ConnectionPools;

/// <summary>Knows the errors after which a connection is of no more use, even if its provider still takes it for open.</summary>
/// <remarks>Source: <i>PostgreSQL Documentation</i>, appendix A, "PostgreSQL Error Codes"; the classes are those of the SQL standard.</remarks>
internal static class SqlStates
{
    /// <summary>Says whether an error ends the connection.</summary>
    /// <param name="sqlState">Its five letters; null when it has none.</param>
    public static bool IsFatal(string? sqlState) => sqlState is { Length: 5 }
        && (sqlState.StartsWith("08", StringComparison.Ordinal) // the connection
            || sqlState.StartsWith("57P", StringComparison.Ordinal) // the server is shut down, crashed, starts up; the session was ended
            || sqlState.StartsWith("XX", StringComparison.Ordinal) // a fault of the server itself: who knows what state it left
            || sqlState is "25P03"); // ended for idling within a transaction
}
