using System.Globalization;

namespace Resilience.Bulkheads;

/// <summary>Refuses a setting out of its range when a bulkhead is made by itself; inside a pipeline, Polly checks the same ranges.</summary>
internal static class Settings
{
    public static void MustBeWithin<T>(T value, T minimum, T maximum, FormattableString setting)
        where T : IComparable<T>
    {
        if (value.CompareTo(minimum) < 0 || value.CompareTo(maximum) > 0)
        {
            var name = FormattableString.Invariant(setting);
            throw new ArgumentOutOfRangeException(
                paramName: null,
                string.Create(CultureInfo.InvariantCulture, $"{name} is {value}, which is outside its range from {minimum} to {maximum}."));
        }
    }

    public static void MustBeDefined<T>(T value, FormattableString setting)
        where T : struct, Enum
    {
        if (!Enum.IsDefined(value))
        {
            throw new ArgumentOutOfRangeException(
                paramName: null,
                $"{FormattableString.Invariant(setting)} is {value}, which is none of {string.Join(", ", Enum.GetNames<T>())}.");
        }
    }
}
