namespace Resilience.Benchmarks.Harness;

/// <summary>What one operation cost in one round.</summary>
/// <param name="Nanoseconds">Time on the clock, divided by the operations of all threads.</param>
/// <param name="Bytes">What was allocated, by all threads.</param>
internal sealed record Sample(double Nanoseconds, double Bytes)
{
    /// <summary>Gets the less disturbed of two measurements of the same thing.</summary>
    public Sample BestWith(Sample other) => new(Math.Min(Nanoseconds, other.Nanoseconds), Math.Min(Bytes, other.Bytes));
}
