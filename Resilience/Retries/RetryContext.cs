using Polly;

namespace Resilience.Retries;

/// <summary>What an attempt can learn of the retry that makes it.</summary>
public static class RetryContext
{
    /// <summary>Gets under what a call's context has the pause before the attempt that is being made; nothing before the first.</summary>
    public static ResiliencePropertyKey<TimeSpan> Pause { get; } = new("Resilience.Retries.Pause");
}
