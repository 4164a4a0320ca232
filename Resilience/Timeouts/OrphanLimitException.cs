using System.Globalization;
using Polly;

namespace Resilience.Timeouts;

/// <summary>A call was refused because too many earlier ones were abandoned and still run.</summary>
public sealed class OrphanLimitException : ExecutionRejectedException
{
    /// <summary>Initializes a refusal.</summary>
    /// <param name="operationName">The operation's name.</param>
    /// <param name="orphans">How many abandoned calls still run.</param>
    public OrphanLimitException(string operationName, int orphans)
        : base(string.Create(
            CultureInfo.InvariantCulture,
            $"{operationName} was not called: {orphans} earlier calls were abandoned and still run. Find out what they hang on, or raise MaxOrphans."))
    {
        OperationName = operationName;
        Orphans = orphans;
    }

    /// <summary>Initializes a refusal without figures.</summary>
    public OrphanLimitException()
    {
    }

    /// <summary>Initializes a refusal without figures.</summary>
    /// <param name="message">What happened.</param>
    public OrphanLimitException(string message)
        : base(message)
    {
    }

    /// <summary>Initializes a refusal without figures.</summary>
    /// <param name="message">What happened.</param>
    /// <param name="innerException">Why.</param>
    public OrphanLimitException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    /// <summary>Gets the operation's name.</summary>
    public string OperationName { get; } = string.Empty;

    /// <summary>Gets how many abandoned calls still ran.</summary>
    public int Orphans { get; }
}
