using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Reflection;
using Microsoft.Extensions.Options;
using Resilience.Validation;

namespace ServiceDefaults.Configuration;

/// <summary>Checks options by their annotations, in one line for each failure: key, value, range, mend.</summary>
/// <param name="sectionOf">Gets the section that the options of a name come from; null for those that another validator checks.</param>
internal sealed class SectionValidator<TOptions>(Func<string?, string?> sectionOf) : IValidateOptions<TOptions>
    where TOptions : class
{
    /// <inheritdoc />
    public ValidateOptionsResult Validate(string? name, TOptions options)
    {
        if (sectionOf(name) is not { } section)
        {
            return ValidateOptionsResult.Skip;
        }

        var failures = PropertyFailures(section, options).ToList();
        if (failures.Count == 0 && options is IValidatableObject whole) // what belongs together is only looked at once each part is right
        {
            failures.AddRange(whole.Validate(new(options) { DisplayName = section }).Select(static result => result.ErrorMessage ?? ""));
        }

        return failures.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures);
    }

    private static IEnumerable<string> PropertyFailures(string section, TOptions options)
    {
        foreach (var property in typeof(TOptions).GetProperties())
        {
            var value = property.GetValue(options);
            var context = new ValidationContext(options) { MemberName = property.Name };
            foreach (var rule in property.GetCustomAttributes<ValidationAttribute>())
            {
                if (rule.GetValidationResult(value, context) is { } failure)
                {
                    yield return Describe($"{section}:{property.Name}", value, rule, failure);
                }
            }
        }
    }

    private static string Describe(string key, object? value, ValidationAttribute rule, ValidationResult failure) => rule switch
    {
        RangeAttribute range => string.Create(
            CultureInfo.InvariantCulture,
            $"{key} is {value}, which must be from {range.Minimum} to {range.Maximum}. Change it, or set {AsVariable(key)}."),
        TimeRangeAttribute range => $"{key} is {value}, which must be from {range.Minimum} to {range.Maximum}. Change it, or set {AsVariable(key)}.",
        RequiredAttribute => $"{key} is missing. Set it, or set {AsVariable(key)}.",
        _ => $"{key} is {value}: {failure.ErrorMessage}",
    };

    private static string AsVariable(string key) => key.Replace(":", "__", StringComparison.Ordinal);
}
