namespace Resilience.Measurement;

/// <summary>The one place the library takes chance from; everything else is handed a <c>Func&lt;double&gt;</c>.</summary>
internal static class Randomness
{
#pragma warning disable RS0030 // Random.Shared is banned everywhere else so that this stays the only door.
    /// <summary>Gets draws from 0 (inclusive) to 1 (exclusive), safe to share between threads.</summary>
    public static Func<double> Shared { get; } = Random.Shared.NextDouble;
#pragma warning restore RS0030
}
