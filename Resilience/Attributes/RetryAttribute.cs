using Resilience.Retries;

namespace Resilience.Attributes;

/// <summary>Tries a method again when it fails.</summary>
/// <remarks>
/// What isn't set here has the default of the retry strategy's options. On an interface it holds for each of its methods; the method's own
/// attribute takes its place, whole.
/// </remarks>
[AttributeUsage(AttributeTargets.Method | AttributeTargets.Interface)]
public sealed class RetryAttribute : Attribute
{
    /// <summary>Initializes an attribute with the strategy's defaults.</summary>
    public RetryAttribute()
    {
    }

    /// <summary>Initializes an attribute.</summary>
    /// <param name="maxRetryAttempts">How often to try again after the first attempt; a number from 0 up.</param>
    public RetryAttribute(int maxRetryAttempts) => MaxRetryAttempts = maxRetryAttempts;

    /// <summary>Gets or sets how often to try again after the first attempt.</summary>
    /// <value>A number from 0 up.</value>
    public int MaxRetryAttempts { get; set; }

    /// <summary>Gets or sets how long to wait before the first retry.</summary>
    /// <value>A time from 0 to 24 h, such as <c>"200ms"</c>.</value>
    public string? Delay { get; set; }

    /// <summary>Gets or sets the longest wait.</summary>
    /// <value>A time from 0 to 24 h.</value>
    public string? MaxDelay { get; set; }

    /// <summary>Gets or sets how the waits grow.</summary>
    public BackoffKind Backoff { get; set; }

    /// <summary>Gets or sets how chance spreads the waits.</summary>
    public JitterKind Jitter { get; set; }

    /// <summary>Gets or sets which exceptions are tried again, those derived from them included.</summary>
    /// <value>Types of exceptions; what the strategy tries again by default when null.</value>
    public Type[]? On { get; set; }
}
