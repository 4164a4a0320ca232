namespace Resilience.Measurement;

/// <summary>The one place the library takes the system's time from, for a plain class that was handed no other.</summary>
internal static class SystemTime
{
#pragma warning disable RS0030 // TimeProvider.System is banned everywhere else so that this stays the only door.
    /// <summary>Gets the system's clock and timers.</summary>
    public static TimeProvider Provider => TimeProvider.System;
#pragma warning restore RS0030
}
