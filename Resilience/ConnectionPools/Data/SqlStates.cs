namespace Resilience.ConnectionPools;

/// <summary>Knows the errors that say something of the session, and not only of the statement.</summary>
/// <remarks>Source: <i>PostgreSQL Documentation</i>, appendix A, "PostgreSQL Error Codes"; the classes are those of the SQL standard.</remarks>
internal static class SqlStates
{
    /// <summary>Says whether an error ends the connection, even if its provider still takes it for open.</summary>
    /// <param name="sqlState">Its five letters; null when it has none.</param>
    public static bool IsFatal(string? sqlState) => sqlState is { Length: 5 }
        && (sqlState.StartsWith("08", StringComparison.Ordinal) // the connection
            || sqlState.StartsWith("57P", StringComparison.Ordinal) // the server is shut down, crashed, starts up; the session was ended
            || sqlState.StartsWith("XX", StringComparison.Ordinal) // a fault of the server itself: who knows what state it left
            || sqlState is "25P03"); // ended for idling within a transaction

    /// <summary>Says whether a write was refused because the session, or its transaction, only reads.</summary>
    /// <param name="sqlState">Its five letters; null when it has none.</param>
    public static bool IsReadOnly(string? sqlState) => sqlState is "25006";
}
