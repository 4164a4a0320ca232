using System.Globalization;
using Microsoft.AspNetCore.Http;

namespace ServiceDefaults.Deadlines;

/// <summary>How a deadline travels: as the time that is left, so that clocks need not agree.</summary>
internal static class DeadlineHeaders
{
    /// <summary>gRPC's header: up to eight digits and a unit. Read only.</summary>
    public const string Grpc = "grpc-timeout";

    /// <summary>Envoy's header: whole milliseconds. Read and written.</summary>
    public const string Envoy = "x-envoy-expected-rq-timeout-ms";

    /// <summary>The share of what is left that is handed on; the rest is for this hop's own work and the way back.</summary>
    public const double HandedOn = 0.95;

    private const int MaxGrpcDigits = 8; // gRPC over HTTP/2, "Timeout"

    /// <summary>Reads the time that the caller waits.</summary>
    /// <param name="headers">The request's headers.</param>
    /// <returns>Null when there is none, or nothing readable; <see cref="TimeSpan.MaxValue"/> when it is beyond counting.</returns>
    public static TimeSpan? Read(IHeaderDictionary headers) =>
        ReadGrpc(headers[Grpc].ToString()) ?? ReadMilliseconds(headers[Envoy].ToString());

    /// <summary>Gets what to tell the next hop.</summary>
    /// <param name="left">The time that is left here.</param>
    /// <returns>Whole milliseconds, at least 1: a hop without any time isn't called.</returns>
    public static string Write(TimeSpan left) =>
        Math.Max(1, (long)(left.TotalMilliseconds * HandedOn)).ToString(CultureInfo.InvariantCulture);

    private static TimeSpan? ReadMilliseconds(ReadOnlySpan<char> text) =>
        IsDigits(text)
            ? long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? Scale(value, TimeSpan.TicksPerMillisecond) : TimeSpan.MaxValue
            : null;

    private static TimeSpan? ReadGrpc(ReadOnlySpan<char> text)
    {
        if (text.Length is < 2 or > MaxGrpcDigits + 1 || !IsDigits(text[..^1]))
        {
            return null;
        }

        var value = long.Parse(text[..^1], NumberStyles.None, CultureInfo.InvariantCulture);
        return text[^1] switch
        {
            'H' => Scale(value, TimeSpan.TicksPerHour),
            'M' => Scale(value, TimeSpan.TicksPerMinute),
            'S' => Scale(value, TimeSpan.TicksPerSecond),
            'm' => Scale(value, TimeSpan.TicksPerMillisecond),
            'u' => Scale(value, TimeSpan.TicksPerMicrosecond),
            'n' => new TimeSpan(value / TimeSpan.NanosecondsPerTick),
            _ => null,
        };
    }

    private static bool IsDigits(ReadOnlySpan<char> text) => !text.IsEmpty && !text.ContainsAnyExceptInRange('0', '9');

    private static TimeSpan Scale(long value, long ticks) => value > TimeSpan.MaxValue.Ticks / ticks ? TimeSpan.MaxValue : new(value * ticks);
}
