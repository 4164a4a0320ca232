using System.Diagnostics.Metrics;

namespace Resilience.Telemetry;

/// <summary>Counts what callbacks of the library's users throw: swallowed, since an observer must not break what it observes, but never unseen.</summary>
internal static class CallbackErrors
{
    private static readonly Counter<long> _errors = ResilienceTelemetry.Meter.CreateCounter<long>(
        "resilience.callback.errors", "{error}", "Exceptions thrown by callbacks that were handed to a resilience pattern, and swallowed.");

    /// <summary>Counts one.</summary>
    /// <param name="name">The name of the pattern's instance whose callback threw.</param>
    /// <param name="exception">What it threw.</param>
    public static void Count(string name, Exception exception) =>
        _errors.Add(1, new(ResilienceTags.Name, name), new("error.type", exception.GetType().FullName));
}
