using Polly;

namespace Resilience.Outcomes;

/// <summary>What a pattern does when a call that had to be waited for is over. A struct, so that the call to it is direct.</summary>
/// <typeparam name="TResult">What the call returns.</typeparam>
internal interface IEnding<TResult>
{
    /// <summary>Ends the pattern's part of the call.</summary>
    /// <param name="outcome">How the call ended.</param>
    /// <returns>What its caller is told: at once, or after another wait.</returns>
    ValueTask<Outcome<TResult>> EndAsync(Outcome<TResult> outcome);
}
