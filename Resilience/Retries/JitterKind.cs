namespace Resilience.Retries;

/// <summary>How chance spreads a wait, after it was cut to its cap: a cut wait is spread as widely as any other.</summary>
/// <remarks>Source: Marc Brooker, <i>Exponential Backoff and Jitter</i>, AWS Architecture Blog 2015.</remarks>
public enum JitterKind
{
    /// <summary>Anywhere from zero to the wait: spreads best, and halves the mean.</summary>
    Full,

    /// <summary>Not at all: callers that failed together come back together.</summary>
    None,

    /// <summary>Anywhere from half the wait to the wait.</summary>
    Equal,

    /// <summary>Anywhere from the first wait to three times the last one: takes the place of the growth that the kind of backoff has.</summary>
    Decorrelated,
}
