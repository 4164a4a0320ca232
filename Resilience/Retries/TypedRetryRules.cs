using Polly;
using Polly.Retry;

namespace Resilience.Retries;

/// <summary>The rules of options that know the type of the result.</summary>
internal readonly record struct TypedRetryRules<TResult>(BudgetedRetryStrategyOptions<TResult> Options) : IRetryRules<TResult>
{
    public bool HandlesResults => Options.HandleResult is not null;

    public bool Handles(Outcome<TResult> outcome) =>
        outcome.Exception is { } exception ? Options.HandleException(exception) : Options.HandleResult?.Invoke(outcome.Result!) == true;

    public bool MayRepeat(ResilienceContext context, Outcome<TResult> outcome, int attempt) =>
        Options.MayRepeat?.Invoke(new(context, outcome, attempt)) != false;

    public RetryAfterHint RetryAfter(ResilienceContext context, Outcome<TResult> outcome, int attempt, DateTimeOffset now) =>
        Options.RetryAfter?.Invoke(new(context, outcome, attempt), now) ?? RetryAfterHint.None;

    public ValueTask OnRetryAsync(OnRetryArguments<TResult> arguments) => Options.OnRetry?.Invoke(arguments) ?? default;
}
