using System.Globalization;

namespace Resilience.Attributes;

/// <summary>Reads a time as a person writes it: <c>250ms</c>, <c>2s</c>, <c>1.5m</c>, <c>1h</c>, or <c>00:00:02</c>.</summary>
/// <remarks>Compiled into the generator, too, so that the compiler and the running program read the same text as the same time.</remarks>
internal static class DurationText
{
    /// <summary>What to say about a text that is none of these.</summary>
    public const string Advice = "Write a number with its unit, such as \"250ms\", \"2s\", \"1.5m\" or \"1h\", or a time such as \"00:00:02\".";

    private static readonly (string Unit, long Ticks)[] _units =
    [
        ("ms", TimeSpan.TicksPerMillisecond), // before "s", which it ends with
        ("s", TimeSpan.TicksPerSecond),
        ("m", TimeSpan.TicksPerMinute),
        ("h", TimeSpan.TicksPerHour),
    ];

    public static bool TryParse(string? text, out TimeSpan time)
    {
        time = default;
        var trimmed = text?.Trim() ?? "";
        foreach (var (unit, ticks) in _units)
        {
            if (trimmed.EndsWith(unit, StringComparison.Ordinal))
            {
                return TryScale(trimmed.Substring(0, trimmed.Length - unit.Length), ticks, out time);
            }
        }

        // A bare number would be days to TimeSpan, which nobody means who writes "30".
        return !int.TryParse(trimmed, NumberStyles.Integer, CultureInfo.InvariantCulture, out _)
            && TimeSpan.TryParse(trimmed, CultureInfo.InvariantCulture, out time);
    }

    private static bool TryScale(string number, long ticks, out TimeSpan time)
    {
        time = default;
        const NumberStyles Style = NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowTrailingWhite;
        if (!decimal.TryParse(number, Style, CultureInfo.InvariantCulture, out var count) || Math.Abs(count) > long.MaxValue / ticks)
        {
            return false;
        }

        time = TimeSpan.FromTicks((long)(count * ticks));
        return true;
    }
}
