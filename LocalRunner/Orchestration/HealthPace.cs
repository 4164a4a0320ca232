namespace LocalRunner.Orchestration;

/// <summary>How often health is looked at: often while something is about to happen, seldom otherwise.</summary>
internal static class HealthPace
{
    private static readonly TimeSpan _steady = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan _eager = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan _patient = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan _eagerFor = TimeSpan.FromSeconds(10);

    /// <summary>Gets the time to the next look.</summary>
    /// <param name="healthy">What the last look showed.</param>
    /// <param name="unchangedFor">Since when it has been so, or since the start.</param>
    /// <returns>2 s while healthy; else 100 ms for 10 s, then 1 s.</returns>
    public static TimeSpan Next(bool healthy, TimeSpan unchangedFor) => (healthy, unchangedFor < _eagerFor) switch
    {
        (true, _) => _steady,
        (false, true) => _eager,
        (false, false) => _patient,
    };
}
