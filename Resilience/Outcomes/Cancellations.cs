using Polly;

namespace Resilience.Outcomes;

/// <summary>Tells whose a cancellation is.</summary>
internal static class Cancellations
{
    /// <summary>Says whether a call ended because its own caller gave up on it, which says nothing about what was called.</summary>
    /// <remarks>
    /// The type of the exception alone doesn't tell: an <see cref="OperationCanceledException"/> while the caller's token is not cancelled is
    /// somebody else's time-out, or a bug, and counts as a failure.
    /// </remarks>
    /// <param name="exception">How the call ended; null when it returned something.</param>
    /// <param name="callersToken">The token that the caller handed in, before any pattern linked another to it.</param>
    /// <returns>True when the caller gave up.</returns>
    public static bool IsCallersOwn(Exception? exception, CancellationToken callersToken) =>
        exception is OperationCanceledException && callersToken.IsCancellationRequested;

    /// <summary>Gets what a call says about what it called, where nobody has a better idea: what threw failed.</summary>
    /// <param name="exception">How the call ended; null when it returned something.</param>
    /// <param name="callersToken">The token that the caller handed in.</param>
    /// <returns>Neutral for the caller's own cancellation and for a refusal further in, which never reached what was called.</returns>
    public static CallResult Classify(Exception? exception, CancellationToken callersToken) => exception switch
    {
        null => CallResult.Success,
        Polly.Timeout.TimeoutRejectedException => CallResult.Failure,
        ExecutionRejectedException => CallResult.Neutral,
        _ => IsCallersOwn(exception, callersToken) ? CallResult.Neutral : CallResult.Failure,
    };
}
