using System.Globalization;
using Polly;

namespace Resilience.Memory;

/// <summary>Tagged work was refused: with it the process would use more memory than its hard limit, and sooner or later be killed with all its work.</summary>
public sealed class MemoryLimitExceededException : ExecutionRejectedException
{
    /// <summary>Initializes a refusal without figures.</summary>
    public MemoryLimitExceededException()
        : this("The work was refused: memory is short.")
    {
    }

    /// <summary>Initializes a refusal without figures.</summary>
    /// <param name="message">What happened.</param>
    public MemoryLimitExceededException(string message)
        : base(message)
    {
    }

    /// <summary>Initializes a refusal without figures.</summary>
    /// <param name="message">What happened.</param>
    /// <param name="innerException">Why.</param>
    public MemoryLimitExceededException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    internal MemoryLimitExceededException(string tag, long bytes, long used, long limit)
        : base(string.Create(
            CultureInfo.InvariantCulture,
            $"Work tagged '{tag}' was refused: it asked for {bytes} bytes while {used} are used and HardLimit is {limit}. Try later, or give the process more memory."))
    {
        Tag = tag;
        RequestedBytes = bytes;
        UsedBytes = used;
        LimitBytes = limit;
    }

    /// <summary>Gets what the work was tagged with.</summary>
    public string Tag { get; } = "";

    /// <summary>Gets how many bytes it asked for.</summary>
    public long RequestedBytes { get; }

    /// <summary>Gets how many bytes were used.</summary>
    public long UsedBytes { get; }

    /// <summary>Gets the hard limit in bytes.</summary>
    public long LimitBytes { get; }
}
