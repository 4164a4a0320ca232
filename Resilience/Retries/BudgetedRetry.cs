using System.ComponentModel.DataAnnotations;
using Polly;
using Resilience.Measurement;
using Resilience.Outcomes;

namespace Resilience.Retries;

/// <summary>Tries failed calls again: after growing waits, within a budget, before the deadline, and not under somebody who retries already.</summary>
/// <remarks>
/// Stands alone, or inside a pipeline (<see cref="BudgetedRetryExtensions"/>). When it gives up, the caller gets the last real outcome, never
/// one that hides it. Safe for concurrent use; make one for each dependency and keep it.
/// Sources: Beyer et al., <i>Site Reliability Engineering</i>, ch. 21 and 22; Marc Brooker, <i>Exponential Backoff and Jitter</i>.
/// </remarks>
public sealed class BudgetedRetry
{
    private readonly RetryTelemetry _telemetry;

    /// <summary>Initializes a retry.</summary>
    /// <param name="name">What it protects, such as <c>inventory</c>: its name in metrics.</param>
    /// <param name="options">What is tried again, how often, and after which waits; the defaults when null.</param>
    /// <param name="timeProvider">Tells the time and makes the timers; the system's when null.</param>
    /// <exception cref="ValidationException"><paramref name="options"/> has a value outside its range, or two that contradict each other.</exception>
    public BudgetedRetry(string name, BudgetedRetryStrategyOptions? options = null, TimeProvider? timeProvider = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);

        Options = options ?? new();
        Core = new(RetrySettings.From(Options, name), Options.Budget, timeProvider ?? SystemTime.Provider);
        _telemetry = new(name, null);
    }

    /// <summary>Gets its name.</summary>
    public string Name => Core.Name;

    /// <summary>Gets what pays for its retries.</summary>
    public RetryBudget Budget => Core.Budget;

    internal BudgetedRetryStrategyOptions Options { get; }

    internal BudgetedRetryCore Core { get; }

    /// <summary>Gets how the calls through it went.</summary>
    /// <returns>The numbers since it was made.</returns>
    public RetryStatistics Snapshot() => Core.Snapshot();

    /// <summary>Runs a call, and runs it again when it fails.</summary>
    /// <typeparam name="TResult">What the call returns.</typeparam>
    /// <param name="callback">The call.</param>
    /// <param name="cancellationToken">The caller's token: once cancelled, nothing is tried again.</param>
    /// <returns>What the last attempt returned; what it threw is thrown.</returns>
    public ValueTask<TResult> ExecuteAsync<TResult>(Func<CancellationToken, ValueTask<TResult>> callback, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(callback);
        return ExecuteAsync(static (call, token) => call(token), callback, cancellationToken);
    }

    /// <summary>Runs a call that needs something handed in, and runs it again when it fails. Allocates nothing when the first attempt succeeds at once.</summary>
    /// <typeparam name="TResult">What the call returns.</typeparam>
    /// <typeparam name="TState">What it needs.</typeparam>
    /// <param name="callback">The call.</param>
    /// <param name="state">Handed to the call.</param>
    /// <param name="cancellationToken">The caller's token: once cancelled, nothing is tried again.</param>
    /// <returns>What the last attempt returned; what it threw is thrown.</returns>
    public ValueTask<TResult> ExecuteAsync<TResult, TState>(
        Func<TState, CancellationToken, ValueTask<TResult>> callback, TState state, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(callback);
        return PlainCall.RunAsync(new Pattern<TResult>(this), callback, state, cancellationToken);
    }

    /// <summary>Runs a call that returns nothing, and runs it again when it fails.</summary>
    /// <param name="callback">The call.</param>
    /// <param name="cancellationToken">The caller's token: once cancelled, nothing is tried again.</param>
    /// <returns>Ends as the last attempt ended.</returns>
    public ValueTask ExecuteAsync(Func<CancellationToken, ValueTask> callback, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(callback);
        return PlainCall.RunAsync(new Pattern<object?>(this), callback, cancellationToken);
    }

    private readonly struct Pattern<TResult>(BudgetedRetry retry) : IOutcomePattern<TResult>
    {
        public ValueTask<Outcome<TResult>> ExecuteAsync<TState>(
            Func<ResilienceContext, TState, ValueTask<Outcome<TResult>>> callback, ResilienceContext context, TState state) =>
            retry.Core.ExecuteAsync(new UntypedRetryRules<TResult>(retry.Options), retry._telemetry, callback, context, state);
    }
}
