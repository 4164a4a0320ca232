using System.ComponentModel.DataAnnotations;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Resilience.Faults;

namespace ServiceDefaults.Faults;

/// <summary>A fault as it is written: the body of <c>PUT /faults/{name}</c>. What isn't said is as in <see cref="FaultSpec"/>.</summary>
internal sealed record FaultRequest
{
    public required FaultKind Kind { get; init; }

    public string? Client { get; init; }

    public string? Route { get; init; }

    public string? Caller { get; init; }

    public double? Rate { get; init; }

    public int? MaxInjections { get; init; }

    public int? Seed { get; init; }

    public double? TimeToLiveSeconds { get; init; }

    public double? AbortAtFailureRatio { get; init; }

    public double? LatencyMs { get; init; }

    public double? JitterMs { get; init; }

    public int? Status { get; init; }

    public double? RetryAfterSeconds { get; init; }

    public int? BytesPerSecond { get; init; }

    public double? ProcessorRatio { get; init; }

    public int? Amount { get; init; }

    /// <summary>Reads what <c>x-fault</c> says, such as <c>latency; latencyMs=200; jitterMs=50</c>: a kind, and what it is about.</summary>
    /// <returns>False when it can't be read, or asks for what weighs on more than the request.</returns>
    public static bool TryParse(string text, [NotNullWhen(true)] out FaultSpec? spec)
    {
        spec = null;
        var parts = text.Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        if (parts.Length == 0 || char.IsAsciiDigit(parts[0][0]) || parts[0][0] == '-' || !Enum.TryParse<FaultKind>(parts[0], ignoreCase: true, out var kind))
        {
            return false;
        }

        var request = new FaultRequest { Kind = kind };
        foreach (var part in parts.Skip(1))
        {
            if (part.Split('=', 2, StringSplitOptions.TrimEntries) is not [var key, var value]
                || !double.TryParse(value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number) || number > int.MaxValue
                || request.With(key, number) is not { } next)
            {
                return false;
            }

            request = next;
        }

        spec = request.ToSpec();
        return !spec.IsBurden && Validator.TryValidateObject(spec, new(spec), null, validateAllProperties: true);
    }

    public FaultSpec ToSpec()
    {
        var spec = new FaultSpec { Kind = Kind, Client = Client, Route = Route, Caller = Caller, Seed = Seed };
        return spec with
        {
            Rate = Rate ?? spec.Rate,
            MaxInjections = MaxInjections ?? spec.MaxInjections,
            TimeToLive = Seconds(TimeToLiveSeconds) ?? spec.TimeToLive,
            AbortAtFailureRatio = AbortAtFailureRatio ?? spec.AbortAtFailureRatio,
            Latency = Seconds(LatencyMs / 1000) ?? spec.Latency,
            Jitter = Seconds(JitterMs / 1000) ?? spec.Jitter,
            Status = Status ?? spec.Status,
            RetryAfter = Seconds(RetryAfterSeconds),
            BytesPerSecond = BytesPerSecond ?? spec.BytesPerSecond,
            ProcessorRatio = ProcessorRatio ?? spec.ProcessorRatio,
            Amount = Amount ?? spec.Amount,
        };
    }

    // Beyond all ranges, and short of what a time can hold.
    private static TimeSpan? Seconds(double? seconds) => seconds is { } value ? TimeSpan.FromSeconds(Math.Clamp(value, -1e9, 1e9)) : null;

    private FaultRequest? With(string key, double value) => key.ToUpperInvariant() switch
    {
        "LATENCYMS" => this with { LatencyMs = value },
        "JITTERMS" => this with { JitterMs = value },
        "STATUS" => this with { Status = (int)value },
        "RETRYAFTERSECONDS" => this with { RetryAfterSeconds = value },
        "BYTESPERSECOND" => this with { BytesPerSecond = (int)value },
        _ => null,
    };
}
