using Polly;
using Polly.Timeout;

namespace Resilience.Timeouts;

/// <summary>Polly's own cooperative time-out, for a Polly whose context doesn't let its token be set.</summary>
internal sealed class PollyTimeout
{
    private static readonly ResiliencePropertyKey<TimeSpan> _timeout = new("resilience.polly-timeout");

    private readonly ResiliencePipeline _pipeline;

    public PollyTimeout(TimeProvider time) => _pipeline = new ResiliencePipelineBuilder { TimeProvider = time }
        .AddTimeout(new TimeoutStrategyOptions
        {
            TimeoutGenerator = static arguments => new(arguments.Context.Properties.GetValue(_timeout, Timeout.InfiniteTimeSpan)),
        })
        .Build();

    public ValueTask<Outcome<TResult>> ExecuteAsync<TResult, TState>(
        Func<ResilienceContext, TState, ValueTask<Outcome<TResult>>> callback, ResilienceContext context, TState state, TimeSpan timeout)
    {
        context.Properties.Set(_timeout, timeout);
        return _pipeline.ExecuteOutcomeAsync(callback, context, state);
    }
}
