using Polly;
using Polly.Retry;

namespace Resilience.Retries;

/// <summary>The rules of options that take any result: it is handed to them as an object, and only when they look.</summary>
internal readonly record struct UntypedRetryRules<TResult>(BudgetedRetryStrategyOptions<object> Options) : IRetryRules<TResult>
{
    public bool HandlesResults => Options.HandleResult is not null;

    public bool Handles(Outcome<TResult> outcome) =>
        outcome.Exception is { } exception ? Options.HandleException(exception) : Options.HandleResult?.Invoke(outcome.Result!) == true;

    public bool MayRepeat(ResilienceContext context, Outcome<TResult> outcome, int attempt) =>
        Options.MayRepeat?.Invoke(new(context, Untyped(outcome), attempt)) != false;

    public RetryAfterHint RetryAfter(ResilienceContext context, Outcome<TResult> outcome, int attempt, DateTimeOffset now) =>
        Options.RetryAfter?.Invoke(new(context, Untyped(outcome), attempt), now) ?? RetryAfterHint.None;

    public ValueTask OnRetryAsync(OnRetryArguments<TResult> arguments) => Options.OnRetry is { } told
        ? told(new(arguments.Context, Untyped(arguments.Outcome), arguments.AttemptNumber, arguments.RetryDelay, arguments.Duration))
        : default;

    private static Outcome<object> Untyped(Outcome<TResult> outcome) =>
        outcome.Exception is { } exception ? Outcome.FromException<object>(exception) : Outcome.FromResult<object>(outcome.Result);
}
