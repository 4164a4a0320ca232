using Polly;

namespace Resilience.Outcomes;

/// <summary>A pattern around a call whose ending is an outcome.</summary>
/// <typeparam name="TResult">What the call returns.</typeparam>
internal interface IOutcomePattern<TResult>
{
    /// <summary>Runs a call.</summary>
    ValueTask<Outcome<TResult>> ExecuteAsync<TState>(
        Func<ResilienceContext, TState, ValueTask<Outcome<TResult>>> callback, ResilienceContext context, TState state);
}
