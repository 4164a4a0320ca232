using System.ComponentModel.DataAnnotations;
using System.Globalization;

namespace Resilience.Validation;

/// <summary>Says from which time to which a setting may be. <see cref="RangeAttribute"/> would look for a converter by reflection, which ahead-of-time compilation warns of.</summary>
/// <remarks>Null is no time and passes, as it does with <see cref="RangeAttribute"/>.</remarks>
/// <param name="minimum">The least, as <c>d.hh:mm:ss.fffffff</c>.</param>
/// <param name="maximum">The most.</param>
[AttributeUsage(AttributeTargets.Property)]
public sealed class TimeRangeAttribute(string minimum, string maximum) : ValidationAttribute
{
    /// <summary>Gets the least that is allowed.</summary>
    public TimeSpan Minimum { get; } = TimeSpan.Parse(minimum, CultureInfo.InvariantCulture);

    /// <summary>Gets the most that is allowed.</summary>
    public TimeSpan Maximum { get; } = TimeSpan.Parse(maximum, CultureInfo.InvariantCulture);

    /// <inheritdoc />
    public override bool IsValid(object? value) => value is null || (value is TimeSpan time && time >= Minimum && time <= Maximum);

    /// <inheritdoc />
    public override string FormatErrorMessage(string name) =>
        string.Create(CultureInfo.InvariantCulture, $"The field {name} must be between {Minimum} and {Maximum}.");
}
