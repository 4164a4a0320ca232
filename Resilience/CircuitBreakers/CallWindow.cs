namespace Resilience.CircuitBreakers;

/// <summary>Remembers how recent calls went.</summary>
/// <remarks>Safe for concurrent use; recording takes no lock and allocates nothing, save for the first failure.</remarks>
internal abstract class CallWindow
{
    /// <summary>Makes the window that the settings ask for.</summary>
    /// <param name="settings">The settings.</param>
    /// <returns>An empty window.</returns>
    public static CallWindow Create(CircuitBreakerSettings settings) =>
        settings.CountsCalls ? new CountWindow((int)settings.Sampling) : new TimeWindow(settings.Sampling);

    /// <summary>Remembers calls that went alike.</summary>
    /// <param name="failed">Whether they failed.</param>
    /// <param name="slow">Whether they were slow.</param>
    /// <param name="now">The clock's time.</param>
    /// <param name="count">How many.</param>
    public abstract void Record(bool failed, bool slow, long now, uint count = 1);

    /// <summary>Counts what is remembered.</summary>
    /// <param name="now">The clock's time.</param>
    /// <returns>The counts; failures and slow calls never exceed the calls.</returns>
    public abstract CallCounts Read(long now);
}
