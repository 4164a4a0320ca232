namespace Resilience.Attributes;

/// <summary>Says how long a method may take: in all, and each of its attempts.</summary>
/// <remarks>
/// A time is written as a number and its unit (<c>"250ms"</c>, <c>"2s"</c>, <c>"1.5m"</c>, <c>"1h"</c>) or as <c>"00:00:02"</c>. The method must
/// take a <see cref="CancellationToken"/>: it is how the method learns that its time is up. On an interface it holds for each of its methods.
/// </remarks>
[AttributeUsage(AttributeTargets.Method | AttributeTargets.Interface)]
public sealed class TimeoutAttribute : Attribute
{
    /// <summary>Initializes an attribute that bounds each attempt only; set <see cref="PerAttempt"/>.</summary>
    public TimeoutAttribute()
    {
    }

    /// <summary>Initializes an attribute that bounds the whole call, all attempts and the waits between them included.</summary>
    /// <param name="total">A time from 1 ms to 24 h, such as <c>"2s"</c>.</param>
    public TimeoutAttribute(string total) => Total = total;

    /// <summary>Gets how long the whole call may take, all attempts and the waits between them included.</summary>
    /// <value>A time from 1 ms to 24 h; null, which is no bound, by default.</value>
    public string? Total { get; }

    /// <summary>Gets or sets how long one attempt may take.</summary>
    /// <value>A time from 1 ms to 24 h, shorter than <see cref="Total"/>; null, which is no bound, by default.</value>
    public string? PerAttempt { get; set; }
}
