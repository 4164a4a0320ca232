using System.Globalization;

namespace Resilience.Deadlines;

/// <summary>Reads a deadline from the headers of a request and writes it to those of the next one.</summary>
/// <remarks>
/// What travels is how much time is left, not when it ends: two machines' clocks need not agree. Whatever can't be read as a time counts as not
/// sent, since a header from outside is no reason to fail. Pure functions; safe for concurrent use.
/// Sources: <i>gRPC over HTTP2</i>, "Timeout"; Envoy, <i>HTTP header manipulation</i>, "x-envoy-expected-rq-timeout-ms".
/// </remarks>
public static class DeadlineHeaders
{
    /// <summary>The header that gRPC sends, such as <c>250m</c>: read first.</summary>
    public const string GrpcTimeout = "grpc-timeout";

    /// <summary>The header that Envoy sends, in milliseconds: read second, and the one that is written.</summary>
    public const string ExpectedTimeout = "x-envoy-expected-rq-timeout-ms";

    // What this hop keeps for itself: to send the request, read the answer and tell its own caller.
    private const double KeptBackRatio = 0.05;

    /// <summary>Gets how much time a request was given.</summary>
    /// <param name="grpcTimeout">The value of <see cref="GrpcTimeout"/>; null when there was none.</param>
    /// <param name="expectedTimeout">The value of <see cref="ExpectedTimeout"/>; null when there was none.</param>
    /// <returns>A time of 0 or more; null when neither header holds one. Too large to be a time is <see cref="TimeSpan.MaxValue"/>.</returns>
    public static TimeSpan? Read(string? grpcTimeout, string? expectedTimeout) => ReadGrpc(grpcTimeout) ?? ReadExpected(expectedTimeout);

    /// <summary>Gets how much time a request was given, within bounds: for a request that comes from outside.</summary>
    /// <param name="grpcTimeout">The value of <see cref="GrpcTimeout"/>; null when there was none.</param>
    /// <param name="expectedTimeout">The value of <see cref="ExpectedTimeout"/>; null when there was none.</param>
    /// <param name="minimum">Less than that counts as that.</param>
    /// <param name="maximum">More than that counts as that, and so does a request that names no time.</param>
    /// <returns>A time from <paramref name="minimum"/> to <paramref name="maximum"/>.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="minimum"/> is above <paramref name="maximum"/>.</exception>
    public static TimeSpan Read(string? grpcTimeout, string? expectedTimeout, TimeSpan minimum, TimeSpan maximum)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(minimum, maximum);

        var given = Read(grpcTimeout, expectedTimeout) ?? maximum;
        return given < minimum ? minimum : given > maximum ? maximum : given;
    }

    /// <summary>Gets what to tell the next hop in <see cref="ExpectedTimeout"/>: what is left, less 5 % that this hop keeps.</summary>
    /// <param name="remaining">How much time is left.</param>
    /// <returns>Whole milliseconds of 0 or more; null when there is no bound to tell of.</returns>
    public static string? Write(TimeSpan remaining) => remaining == Timeout.InfiniteTimeSpan || remaining == TimeSpan.MaxValue
        ? null
        : Math.Max(0, (long)(remaining.TotalMilliseconds * (1 - KeptBackRatio))).ToString(CultureInfo.InvariantCulture);

    // "At most 8 digits" and one letter: anything else is not gRPC's, and eight digits of hours still fit.
    private static TimeSpan? ReadGrpc(string? value)
    {
        if (value is not { Length: >= 2 and <= 9 } || !TryDigits(value.AsSpan(..^1), out var count))
        {
            return null;
        }

        return value[^1] switch
        {
            'H' => TimeSpan.FromTicks(count * TimeSpan.TicksPerHour),
            'M' => TimeSpan.FromTicks(count * TimeSpan.TicksPerMinute),
            'S' => TimeSpan.FromTicks(count * TimeSpan.TicksPerSecond),
            'm' => TimeSpan.FromTicks(count * TimeSpan.TicksPerMillisecond),
            'u' => TimeSpan.FromTicks(count * TimeSpan.TicksPerMicrosecond),
            'n' => TimeSpan.FromTicks(count / TimeSpan.NanosecondsPerTick),
            _ => null,
        };
    }

    private static TimeSpan? ReadExpected(string? value)
    {
        if (string.IsNullOrEmpty(value) || value.AsSpan().ContainsAnyExceptInRange('0', '9'))
        {
            return null;
        }

        return TryDigits(value, out var milliseconds) && milliseconds <= TimeSpan.MaxValue.Ticks / TimeSpan.TicksPerMillisecond
            ? TimeSpan.FromTicks(milliseconds * TimeSpan.TicksPerMillisecond)
            : TimeSpan.MaxValue;
    }

    // Digits only: no sign, no point, no space, no exponent.
    private static bool TryDigits(ReadOnlySpan<char> value, out long number) =>
        long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out number);
}
