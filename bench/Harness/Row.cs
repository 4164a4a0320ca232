namespace Resilience.Benchmarks.Harness;

/// <summary>What one case cost.</summary>
/// <param name="Name">Whose it is.</param>
/// <param name="Nanoseconds">For one operation.</param>
/// <param name="Bytes">For one operation.</param>
internal sealed record Row(string Name, double Nanoseconds, double Bytes);
