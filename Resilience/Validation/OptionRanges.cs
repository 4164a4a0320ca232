using System.ComponentModel.DataAnnotations;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Reflection;

namespace Resilience.Validation;

/// <summary>Refuses options outside their documented range, for a class that is made by itself; inside a pipeline, Polly checks the same attributes.</summary>
internal static class OptionRanges
{
    /// <summary>Checks every property that has a range, is required, or is one of a few words.</summary>
    /// <typeparam name="T">The type of the options.</typeparam>
    /// <param name="options">The options.</param>
    /// <param name="owner">What can't be built with them, such as <c>The retry inventory</c>.</param>
    /// <exception cref="ValidationException">One is outside its range.</exception>
    public static void Check<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicProperties)] T>(T options, string owner)
        where T : class
    {
        foreach (var (property, rule) in Rules<T>.All)
        {
            var value = property.GetValue(options);
            if (rule is null ? !Enum.IsDefined(property.PropertyType, value!) : !rule.IsValid(value))
            {
                throw Refuse(owner, property.Name, value, WordsOf(rule, property));
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
        new($"{owner} can't be built: {setting} is {Text(value) ?? "null"}, but {rule}.");

    private static string WordsOf(ValidationAttribute? rule, PropertyInfo property) => rule switch
    {
        RangeAttribute range => $"must be from {Text(range.Minimum)} to {Text(range.Maximum)}",
        TimeRangeAttribute range => $"must be from {range.Minimum} to {range.Maximum}",
        null => $"must be one of {string.Join(", ", Enum.GetNames(property.PropertyType))}",
        _ => "is required",
    };

    private static string? Text(object? value) => value is null ? null : Convert.ToString(value, CultureInfo.InvariantCulture);

    // Read once: breakers and pipelines are built by the thousand, one for each partition.
    private static class Rules<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicProperties)] T>
    {
        public static (PropertyInfo Property, ValidationAttribute? Rule)[] All { get; } =
        [
            .. from property in typeof(T).GetProperties()
               from rule in property.GetCustomAttributes<ValidationAttribute>().Cast<ValidationAttribute?>().Concat(property.PropertyType.IsEnum ? [null] : [])
               where rule is null or RangeAttribute or TimeRangeAttribute or RequiredAttribute
               select (property, rule),
        ];
    }
}
