using Polly;

namespace Resilience.Outcomes;

/// <summary>Invokes what a pattern guards: whatever it throws before it returns counts as how it ended.</summary>
internal static class SafeCallback
{
    /// <summary>Invokes a callback.</summary>
    public static ValueTask<Outcome<TResult>> InvokeAsync<TResult, TState>(
        Func<ResilienceContext, TState, ValueTask<Outcome<TResult>>> callback, ResilienceContext context, TState state)
    {
        try
        {
            return callback(context, state);
        }
        catch (Exception exception)
        {
            return Outcome.FromExceptionAsValueTask<TResult>(exception);
        }
    }
}
