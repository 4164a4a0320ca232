using System.Globalization;

namespace Resilience.Attributes;

/// <summary>What configuration says about one protected method, over what its attributes say.</summary>
/// <remarks>
/// A setting's key is <c>Resilience:Methods:{Interface.Method}:{Pattern}:{Option}</c>, for instance
/// <c>Resilience:Methods:IInventory.GetAsync:Retry:MaxRetryAttempts</c>. Made for generated code.
/// </remarks>
/// <param name="method">The method's name, <c>{Interface.Method}</c>.</param>
/// <param name="read">Reads a setting by its whole key; null, or an answer of null, leaves the attribute's value.</param>
public sealed class MethodSettings(string method, Func<string, string?>? read)
{
    /// <summary>Gets a whole number.</summary>
    /// <param name="key">The pattern and the option, such as <c>Retry:MaxRetryAttempts</c>.</param>
    /// <param name="value">What holds when nothing is configured.</param>
    /// <returns>The configured number, else <paramref name="value"/>.</returns>
    /// <exception cref="FormatException">The setting isn't a whole number.</exception>
    public int Number(string key, int value) => Find(key) is not { } text
        ? value
        : int.TryParse(text, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw Unreadable(key, text, "Write a whole number.");

    /// <summary>Gets a whole number that may be absent.</summary>
    /// <inheritdoc cref="Number(string, int)"/>
    public int? Number(string key, int? value) => Find(key) is null ? value : Number(key, 0);

    /// <summary>Gets a number with a fraction.</summary>
    /// <param name="key">The pattern and the option, such as <c>CircuitBreaker:FailureRatio</c>.</param>
    /// <param name="value">What holds when nothing is configured.</param>
    /// <returns>The configured number, else <paramref name="value"/>.</returns>
    /// <exception cref="FormatException">The setting isn't a number.</exception>
    public double Ratio(string key, double value) => Find(key) is not { } text
        ? value
        : double.TryParse(text, CultureInfo.InvariantCulture, out var ratio)
            ? ratio
            : throw Unreadable(key, text, "Write a number such as 0.5.");

    /// <summary>Gets a number with a fraction that may be absent.</summary>
    /// <inheritdoc cref="Ratio(string, double)"/>
    public double? Ratio(string key, double? value) => Find(key) is null ? value : Ratio(key, 0d);

    /// <summary>Gets a yes or no.</summary>
    /// <param name="key">The pattern and the option, such as <c>CircuitBreaker:CountInFlightSlowCalls</c>.</param>
    /// <param name="value">What holds when nothing is configured.</param>
    /// <returns>The configured answer, else <paramref name="value"/>.</returns>
    /// <exception cref="FormatException">The setting is neither true nor false.</exception>
    public bool Switch(string key, bool value) => Find(key) is not { } text
        ? value
        : bool.TryParse(text, out var answer)
            ? answer
            : throw Unreadable(key, text, "Write true or false.");

    /// <summary>Gets a yes or no that may be absent.</summary>
    /// <inheritdoc cref="Switch(string, bool)"/>
    public bool? Switch(string key, bool? value) => Find(key) is null ? value : Switch(key, false);

    /// <summary>Gets a time.</summary>
    /// <param name="key">The pattern and the option, such as <c>Retry:Delay</c>.</param>
    /// <param name="value">What holds when nothing is configured.</param>
    /// <returns>The configured time, else <paramref name="value"/>.</returns>
    /// <exception cref="FormatException">The setting isn't a time.</exception>
    public TimeSpan Time(string key, TimeSpan value) => Find(key) is not { } text
        ? value
        : DurationText.TryParse(text, out var time)
            ? time
            : throw Unreadable(key, text, DurationText.Advice);

    /// <summary>Gets a time that may be absent.</summary>
    /// <inheritdoc cref="Time(string, TimeSpan)"/>
    public TimeSpan? Time(string key, TimeSpan? value) => Find(key) is null ? value : Time(key, TimeSpan.Zero);

    /// <summary>Gets one of an enumeration's values.</summary>
    /// <typeparam name="TEnum">The enumeration.</typeparam>
    /// <param name="key">The pattern and the option, such as <c>Retry:Backoff</c>.</param>
    /// <param name="value">What holds when nothing is configured.</param>
    /// <returns>The configured value, else <paramref name="value"/>.</returns>
    /// <exception cref="FormatException">The setting isn't one of the enumeration's names.</exception>
    public TEnum Choice<TEnum>(string key, TEnum value)
        where TEnum : struct, Enum => Find(key) is not { } text
        ? value
        : Enum.TryParse<TEnum>(text, ignoreCase: true, out var choice) && Enum.IsDefined(choice)
            ? choice
            : throw Unreadable(key, text, $"Write one of: {string.Join(", ", Enum.GetNames<TEnum>())}.");

    private string? Find(string key) => read?.Invoke(FullKey(key));

    private string FullKey(string key) => $"Resilience:Methods:{method}:{key}";

    private FormatException Unreadable(string key, string text, string advice) => new($"{FullKey(key)} is '{text}'. {advice}");
}
