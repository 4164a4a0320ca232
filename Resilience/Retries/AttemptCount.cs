using System.Globalization;

namespace Resilience.Retries;

/// <summary>Which attempt at a request the running code is part of, whoever makes the attempts: this process or one further up.</summary>
/// <remarks>
/// One level retries. Three levels that each try four times make 64 calls of one; so where this is above 1 somebody is retrying already, and
/// <see cref="BudgetedRetry"/> leaves it at that. Ambient: it flows into every <c>await</c> and task below. Safe for concurrent use.
/// Source: Envoy, <i>HTTP header manipulation</i>, "x-envoy-attempt-count".
/// </remarks>
public static class AttemptCount
{
    /// <summary>The header in which it travels: to be read by a service's middleware and written by its outgoing handler.</summary>
    public const string Header = "x-envoy-attempt-count";

    /// <summary>The first attempt: what holds where nothing else is said.</summary>
    public const int First = 1;

    private static readonly AsyncLocal<int> _ambient = new(); // retries before this attempt, so that the default is the first

    /// <summary>Gets the number of the attempt that the running code is part of.</summary>
    /// <value>1 or more; 1 where nothing was said.</value>
    public static int Current => _ambient.Value + First;

    /// <summary>Gets a value indicating whether somebody is retrying already.</summary>
    public static bool IsRetry => _ambient.Value > 0;

    /// <summary>Puts the running code into an attempt until the scope is disposed.</summary>
    /// <param name="attempt">Its number; less than 1 counts as 1.</param>
    /// <returns>Dispose it in the method that began it; that restores the number from before.</returns>
    public static AttemptScope Begin(int attempt)
    {
        var before = Current;
        Set(attempt);
        return new AttemptScope(before);
    }

    /// <summary>Reads the header's value.</summary>
    /// <param name="value">The value; null when there was none.</param>
    /// <returns>1 or more; 1 for anything that is not a number, and the largest number for one that is too large.</returns>
    public static int Parse(string? value)
    {
        if (string.IsNullOrEmpty(value) || value.AsSpan().ContainsAnyExceptInRange('0', '9'))
        {
            return First;
        }

        return int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var attempt) ? Math.Max(First, attempt) : int.MaxValue;
    }

    /// <summary>Gets the header's value for an attempt.</summary>
    /// <param name="attempt">Its number.</param>
    /// <returns>A whole number of 1 or more.</returns>
    public static string Format(int attempt) => Math.Max(First, attempt).ToString(CultureInfo.InvariantCulture);

    internal static void Set(int attempt) => _ambient.Value = Math.Max(First, attempt) - First;
}
