using Polly;
using Polly.Telemetry;

namespace Resilience.Timeouts;

/// <summary>Bounds how long a pipeline's calls take.</summary>
internal sealed class OperationTimeoutResilienceStrategy(OperationTimeout timeout, ResilienceStrategyTelemetry telemetry) : ResilienceStrategy
{
    protected override ValueTask<Outcome<TResult>> ExecuteCore<TResult, TState>(
        Func<ResilienceContext, TState, ValueTask<Outcome<TResult>>> callback, ResilienceContext context, TState state) =>
        timeout.ExecuteAsync(callback, context, state, telemetry);
}
