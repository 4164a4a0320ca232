using System.ComponentModel.DataAnnotations;
using System.Globalization;
using Resilience.Validation;

namespace Resilience.CircuitBreakers;

/// <summary>Refuses options that are out of range or contradict each other, naming setting, value and range.</summary>
internal static class CircuitBreakerValidation
{
    /// <summary>Checks every option.</summary>
    /// <param name="options">The options.</param>
    /// <exception cref="ValidationException">One is out of its range, or two contradict each other.</exception>
    public static void Check(CircuitBreakerOptions options)
    {
        OptionRanges.Check(options, Owner(options));

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

    private static ValidationException Refuse(CircuitBreakerOptions options, string setting, object? value, string rule) =>
        OptionRanges.Refuse(Owner(options), setting, value, rule);

    private static string Owner(CircuitBreakerOptions options) => $"The circuit breaker {options.Name}";

    private static string? Text(object? value) => Convert.ToString(value, CultureInfo.InvariantCulture);
}
