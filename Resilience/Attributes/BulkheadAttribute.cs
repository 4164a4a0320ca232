using Resilience.Bulkheads;

namespace Resilience.Attributes;

/// <summary>Bounds how many calls of a method run at the same time.</summary>
/// <remarks>
/// On an interface each of its methods has a bulkhead of its own; the method's own attribute takes its place, whole.
/// </remarks>
/// <param name="maxConcurrency">How many calls may run at the same time; a number from 1 up.</param>
[AttributeUsage(AttributeTargets.Method | AttributeTargets.Interface)]
public sealed class BulkheadAttribute(int maxConcurrency) : Attribute
{
    /// <summary>Gets how many calls may run at the same time.</summary>
    /// <value>A number from 1 up.</value>
    public int MaxConcurrency { get; } = maxConcurrency;

    /// <summary>Gets or sets how many calls may wait for their turn.</summary>
    /// <value>A number from 0, at which nobody waits.</value>
    public int MaxQueue { get; set; }

    /// <summary>Gets or sets who of those who wait is next.</summary>
    public BulkheadQueueOrder QueueOrder { get; set; }

    /// <summary>Gets or sets how long a call may wait for its turn.</summary>
    /// <value>A time, such as <c>"100ms"</c>.</value>
    public string? MaxQueueTime { get; set; }
}
