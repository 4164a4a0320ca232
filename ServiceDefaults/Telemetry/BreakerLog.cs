using Microsoft.Extensions.Logging;
using Resilience.CircuitBreakers;

namespace ServiceDefaults.Telemetry;

/// <summary>Writes one line for each change of state of a circuit breaker.</summary>
public static partial class BreakerLog
{
    /// <summary>Writes the line.</summary>
    /// <param name="logger">Where to.</param>
    /// <param name="transition">The change.</param>
    /// <param name="dependency">What the breaker guards, such as <c>localhost:5101</c> or <c>redis</c>.</param>
    public static void Write(ILogger logger, CircuitTransition transition, string dependency) =>
        LogTransition(logger, transition.Name, dependency, transition.From, transition.To, transition.Reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The circuit breaker {Breaker} to {Dependency} went from {From} to {To}: {Reason}")]
    private static partial void LogTransition(
        ILogger logger, string breaker, string dependency, BreakerState from, BreakerState to, TransitionReason reason);
}
