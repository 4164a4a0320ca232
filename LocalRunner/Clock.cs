namespace LocalRunner;

/// <summary>The one place that LocalRunner takes the time from; everything else is handed it.</summary>
internal static class Clock
{
#pragma warning disable RS0030 // TimeProvider.System is banned everywhere else so that this stays the only door.
    public static TimeProvider System => TimeProvider.System;
#pragma warning restore RS0030
}
