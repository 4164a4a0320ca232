namespace EmbeddedStores.Processes;

/// <summary>The one place that this library takes the time from.</summary>
internal static class Clock
{
#pragma warning disable RS0030 // TimeProvider.System is banned elsewhere, so that this is the only place.
    public static TimeProvider System => TimeProvider.System;
#pragma warning restore RS0030

    /// <summary>Waits between two looks at a process that this library can't await.</summary>
    public static Task PollAsync(CancellationToken cancellationToken) => Task.Delay(TimeSpan.FromMilliseconds(20), System, cancellationToken);
}
