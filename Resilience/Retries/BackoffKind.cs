namespace Resilience.Retries;

/// <summary>How waits grow from one retry to the next.</summary>
public enum BackoffKind
{
    /// <summary>Doubles: d, 2d, 4d, 8d. For a dependency that needs air.</summary>
    Exponential,

    /// <summary>The same every time: d, d, d. For a known pause, such as a lease.</summary>
    Fixed,

    /// <summary>Grows by the first wait: d, 2d, 3d, 4d.</summary>
    Linear,

    /// <summary>Grows by the last two: d, d, 2d, 3d, 5d. Gentler than doubling, steeper than linear.</summary>
    Fibonacci,

    /// <summary>A random walk from the last wait: between d and three times that. Callers that failed together soon wait apart.</summary>
    Decorrelated,
}
