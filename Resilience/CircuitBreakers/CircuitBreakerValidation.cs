using System.ComponentModel.DataAnnotations;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Reflection;

namespace Resilience.CircuitBreakers;

/// <summary>Refuses options that are out of range or contradict each other, naming setting, value and range.</summary>
internal static class CircuitBreakerValidation
{
    private static readonly (PropertyInfo Property, RangeAttribute Range)[] _ranges = [.. RangesOf(typeof(CircuitBreakerOptions))]; // partitions are built by the thousand

    /// <summary>Checks every option.</summary>
    /// <param name="options">The options.</param>
    /// <exception cref="ValidationException">One is out of its range, or two contradict each other.</exception>
    public static void Check(CircuitBreakerOptions options)
    {
        CheckRanges(options);

        if (options.Draw is null)
        {
            throw Refuse(options, nameof(options.Draw), "null", "is required");
        }

        if (options.MaxBreakDuration < options.BreakDuration)
        {
            throw Refuse(options, nameof(options.MaxBreakDuration), options.MaxBreakDuration, $"must be at least BreakDuration, which is {Text(options.BreakDuration)}");
        }

        if (options.Window == SamplingWindow.Count)
        {
            CheckCountWindow(options);
        }
    }

    private static void CheckCountWindow(CircuitBreakerOptions options)
    {
        if (options.MinimumThroughput > options.SamplingCount)
        {
            throw Refuse(options, nameof(options.MinimumThroughput), options.MinimumThroughput, $"must be at most SamplingCount, which is {Text(options.SamplingCount)}");
        }

        // Even if every call in the window failed, it might not be enough to be sure.
        if (Wilson.LowerBound(options.SamplingCount, options.SamplingCount, Wilson.Quantile(options.Confidence)) <= options.FailureRatio)
        {
            throw Refuse(
                options,
                nameof(options.SamplingCount),
                options.SamplingCount,
                $"is too few calls to show a FailureRatio above {Text(options.FailureRatio)} with a Confidence of {Text(options.Confidence)}: raise it, or lower one of those");
        }
    }

    private static void CheckRanges(CircuitBreakerOptions options)
    {
        foreach (var (property, range) in _ranges)
        {
            if (!range.IsValid(property.GetValue(options)))
            {
                throw Refuse(options, property.Name, property.GetValue(options), $"must be from {Text(range.Minimum)} to {Text(range.Maximum)}");
            }
        }
    }

    private static IEnumerable<(PropertyInfo Property, RangeAttribute Range)> RangesOf(
        [DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicProperties)] Type type)
    {
        foreach (var property in type.GetProperties())
        {
            if (property.GetCustomAttribute<RangeAttribute>() is { } range)
            {
                yield return (property, range);
            }
        }
    }

    private static ValidationException Refuse(CircuitBreakerOptions options, string setting, object? value, string rule) =>
        new($"The circuit breaker {options.Name} can't be built: {setting} is {Text(value)}, but {rule}.");

    private static string? Text(object? value) => Convert.ToString(value, CultureInfo.InvariantCulture);
}
