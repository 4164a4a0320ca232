using Polly;
using Polly.Telemetry;

namespace Resilience.CircuitBreakers;

/// <summary>Passes a breaker's transitions on to Polly's telemetry, under Polly's names where it has one.</summary>
/// <param name="telemetry">The strategy's telemetry.</param>
internal sealed class TransitionReporter(ResilienceStrategyTelemetry telemetry) : ITransitionListener
{
    public void Heard(in CircuitTransition transition)
    {
        var context = ResilienceContextPool.Shared.Get();
        telemetry.Report(EventOf(transition.To), context, transition);
        ResilienceContextPool.Shared.Return(context);
    }

    /// <summary>Marks a refusal with the strategy that it comes from.</summary>
    /// <param name="refusal">The refusal.</param>
    public void Sign(CircuitBreakerRejectedException refusal) => telemetry.SetTelemetrySource(refusal);

    private static ResilienceEvent EventOf(BreakerState state) => state switch
    {
        BreakerState.Closed => new(ResilienceEventSeverity.Information, "OnCircuitClosed"),
        BreakerState.Open => new(ResilienceEventSeverity.Error, "OnCircuitOpened"),
        BreakerState.HalfOpen => new(ResilienceEventSeverity.Warning, "OnCircuitHalfOpened"),
        BreakerState.Ramping => new(ResilienceEventSeverity.Information, "OnCircuitRamping"),
        _ => new(ResilienceEventSeverity.Error, "OnCircuitIsolated"),
    };
}
