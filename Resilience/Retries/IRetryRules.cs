using Polly;
using Polly.Retry;

namespace Resilience.Retries;

/// <summary>What a user's options say of an outcome. The implementations are structs, so that the loop's calls to them are direct.</summary>
/// <typeparam name="TResult">What the guarded call returns.</typeparam>
internal interface IRetryRules<TResult>
{
    /// <summary>Gets a value indicating whether a result can be a failure.</summary>
    bool HandlesResults { get; }

    /// <summary>Says whether an outcome is tried again.</summary>
    bool Handles(Outcome<TResult> outcome);

    /// <summary>Says whether the call may be made twice.</summary>
    bool MayRepeat(ResilienceContext context, Outcome<TResult> outcome, int attempt);

    /// <summary>Says what the answer wishes.</summary>
    RetryAfterHint RetryAfter(ResilienceContext context, Outcome<TResult> outcome, int attempt, DateTimeOffset now);

    /// <summary>Tells the user of a retry.</summary>
    ValueTask OnRetryAsync(OnRetryArguments<TResult> arguments);
}
