using System.Data.Common;

namespace Resilience.ConnectionPools;

/// <summary>The connection broke while an answer was being read, and the reader is asked for more of it.</summary>
/// <remarks>What was asked may have been done, so only what may be done twice is to be repeated.</remarks>
public sealed class ConnectionLostException : DbException
{
    /// <summary>Initializes an error that says so.</summary>
    public ConnectionLostException()
        : this("The connection broke in the middle of an answer. Whether the statement had an effect isn't known: repeat it only if that is safe.")
    {
    }

    /// <summary>Initializes an error.</summary>
    /// <param name="message">What happened.</param>
    public ConnectionLostException(string message)
        : base(message)
    {
    }

    /// <summary>Initializes an error.</summary>
    /// <param name="message">What happened.</param>
    /// <param name="innerException">Why.</param>
    public ConnectionLostException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    /// <summary>Gets a value indicating whether the same may succeed later: always, over another connection.</summary>
    public override bool IsTransient => true;
}
