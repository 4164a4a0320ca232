using System.ComponentModel.DataAnnotations;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Reflection;

namespace Resilience.Validation;

/// <summary>Refuses options outside their documented range, for a class that is made by itself; inside a pipeline, Polly checks the same attributes.</summary>
internal static class OptionRanges
{
    /// <summary>Checks every property that has a range.</summary>
    /// <typeparam name="T">The type of the options.</typeparam>
    /// <param name="options">The options.</param>
    /// <param name="owner">What can't be built with them, such as <c>The retry inventory</c>.</param>
    /// <exception cref="ValidationException">One is outside its range.</exception>
    public static void Check<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicProperties)] T>(T options, string owner)
        where T : class
    {
        foreach (var property in typeof(T).GetProperties())
        {
            var value = property.GetValue(options);
            if (property.GetCustomAttribute<RangeAttribute>() is { } range && !range.IsValid(value))
            {
                throw Refuse(owner, property.Name, value, $"must be from {Text(range.Minimum)} to {Text(range.Maximum)}");
            }

            if (property.GetCustomAttribute<RequiredAttribute>() is not null && value is null)
            {
                throw Refuse(owner, property.Name, "null", "is required");
            }
        }
    }

    /// <summary>Makes the refusal of a setting.</summary>
    /// <param name="owner">What can't be built.</param>
    /// <param name="setting">The setting's name.</param>
    /// <param name="value">Its value.</param>
    /// <param name="rule">What it must be.</param>
    /// <returns>The refusal, to be thrown.</returns>
    public static ValidationException Refuse(string owner, string setting, object? value, string rule) =>
        new($"{owner} can't be built: {setting} is {Text(value)}, but {rule}.");

    private static string? Text(object? value) => Convert.ToString(value, CultureInfo.InvariantCulture);
}
