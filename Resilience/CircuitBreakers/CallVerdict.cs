using System.Runtime.InteropServices;
using Resilience.Outcomes;

namespace Resilience.CircuitBreakers;

/// <summary>What a call said about what it called, and how long a pause was asked for.</summary>
/// <param name="Result">What it said.</param>
/// <param name="RetryAfter">The pause that came with <see cref="CallResult.Throttled"/>; null when none was named.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct CallVerdict(CallResult Result, TimeSpan? RetryAfter = null)
{
    /// <summary>Gets the verdict on a call that worked.</summary>
    public static CallVerdict Success => new(CallResult.Success);

    /// <summary>Gets the verdict on a call that failed.</summary>
    public static CallVerdict Failure => new(CallResult.Failure);

    /// <summary>Gets the verdict on a call that says nothing.</summary>
    public static CallVerdict Neutral => new(CallResult.Neutral);

    /// <summary>Gets the verdict on a call that was asked to come back later.</summary>
    /// <param name="retryAfter">After how long; null when the answer didn't say.</param>
    /// <returns>The verdict.</returns>
    public static CallVerdict Throttled(TimeSpan? retryAfter) => new(CallResult.Throttled, retryAfter);
}
