using System.Data.Common;

namespace Resilience.ConnectionPools;

/// <summary>A connection to a database was not to be had: what a <see cref="PooledDataSource"/> throws, since ADO.NET's callers look for this kind.</summary>
/// <remarks>Nothing was sent, so that repeating is safe. The inner exception is the pool's, with its figures; its own is why connecting failed, if that was it.</remarks>
public sealed class ConnectionUnavailableException : DbException
{
    /// <summary>Initializes an error without a cause.</summary>
    public ConnectionUnavailableException()
    {
    }

    /// <summary>Initializes an error without a cause.</summary>
    /// <param name="message">What happened.</param>
    public ConnectionUnavailableException(string message)
        : base(message)
    {
    }

    /// <summary>Initializes an error.</summary>
    /// <param name="message">What happened.</param>
    /// <param name="innerException">Why.</param>
    public ConnectionUnavailableException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    internal ConnectionUnavailableException(ConnectionPoolExhaustedException refusal)
        : base(refusal.Message, refusal)
    {
    }

    /// <summary>Gets a value indicating whether the same may succeed later: always, since nothing was tried yet.</summary>
    public override bool IsTransient => true;

    /// <summary>Gets why; null when it wasn't a pool that said no.</summary>
    public PoolRefusalReason? Reason => (InnerException as ConnectionPoolExhaustedException)?.Reason;
}
