using System.Globalization;

namespace Resilience.Retries;

/// <summary>What an answer says about when to try again.</summary>
/// <remarks>
/// It comes from outside, so it is advice and not an order: the retry cuts it to its longest wait, adds chance above it, and gives up when the
/// deadline comes before it. Immutable; safe for concurrent use.
/// Sources: RFC 9110, section 10.2.3; gRPC proposal A6, "Pushback".
/// </remarks>
public readonly record struct RetryAfterHint
{
    private RetryAfterHint(TimeSpan? wait, bool stop) => (Wait, IsStop) = (wait, stop);

    /// <summary>Gets the hint that says nothing.</summary>
    public static RetryAfterHint None => default;

    /// <summary>Gets the hint that says not to try again at all.</summary>
    public static RetryAfterHint Stop { get; } = new(null, stop: true);

    /// <summary>Gets how long to wait at least.</summary>
    /// <value>A time of 0 or more; null when nothing was said.</value>
    public TimeSpan? Wait { get; }

    /// <summary>Gets a value indicating whether not to try again at all.</summary>
    public bool IsStop { get; }

    /// <summary>Makes a hint.</summary>
    /// <param name="wait">How long to wait at least; a negative time counts as zero.</param>
    /// <returns>The hint.</returns>
    public static RetryAfterHint After(TimeSpan wait) => new(wait < TimeSpan.Zero ? TimeSpan.Zero : wait, stop: false);

    /// <summary>Reads the value of HTTP's <c>Retry-After</c>: a number of seconds or a date.</summary>
    /// <param name="value">The header's value; null when there was none.</param>
    /// <param name="now">The wall clock's time, which a date is compared with.</param>
    /// <returns>A hint of 0 or more; a date in the past is zero, anything unreadable is <see cref="None"/>.</returns>
    public static RetryAfterHint ParseHttp(string? value, DateTimeOffset now)
    {
        var text = value.AsSpan().Trim();
        if (text.IsEmpty)
        {
            return None;
        }

        if (!text.ContainsAnyExceptInRange('0', '9'))
        {
            var fits = long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
                && seconds <= TimeSpan.MaxValue.Ticks / TimeSpan.TicksPerSecond;
            return After(fits ? TimeSpan.FromTicks(seconds * TimeSpan.TicksPerSecond) : TimeSpan.MaxValue);
        }

        // The three forms of RFC 9110, section 5.6.7.
        ReadOnlySpan<string> formats = ["r", "dddd, dd-MMM-yy HH:mm:ss 'GMT'", "ddd MMM d HH:mm:ss yyyy"];
        foreach (var format in formats)
        {
            const DateTimeStyles Utc = DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal | DateTimeStyles.AllowInnerWhite;
            if (DateTimeOffset.TryParseExact(text, format, CultureInfo.InvariantCulture, Utc, out var date))
            {
                return After(date - now);
            }
        }

        return None;
    }

    /// <summary>Reads the value of gRPC's <c>grpc-retry-pushback-ms</c>.</summary>
    /// <param name="value">The header's value; null when there was none.</param>
    /// <returns>A hint; <see cref="Stop"/> when it is negative or no number, as gRPC asks.</returns>
    public static RetryAfterHint ParsePushback(string? value) => value is null
        ? None
        : int.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var milliseconds) && milliseconds >= 0
            ? After(TimeSpan.FromMilliseconds(milliseconds))
            : Stop;
}
