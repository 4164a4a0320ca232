using System.ComponentModel.DataAnnotations;
using Resilience.Validation;

namespace Resilience.Faults;

/// <summary>What may be asked for.</summary>
internal static class FaultBounds
{
    private const int LongestName = 64;

    /// <summary>Refuses what may not.</summary>
    /// <exception cref="ValidationException">The name, a value or the kind is out of bounds.</exception>
    public static void Check(string name, FaultSpec spec, FaultGovernorOptions options)
    {
        if (string.IsNullOrEmpty(name) || name.Length > LongestName || !name.All(static letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_'))
        {
            throw new ValidationException("A fault's name has from 1 to 64 letters, digits, '-' or '_'.");
        }

        OptionRanges.Check(spec, $"The fault {name}");
        if (spec.Rate > options.MaxRate)
        {
            throw OptionRanges.Refuse($"The fault {name}", nameof(spec.Rate), spec.Rate, $"must be at most {options.MaxRate} here");
        }

        if (spec.IsBurden && !options.Burdens.ContainsKey(spec.Kind))
        {
            throw OptionRanges.Refuse($"The fault {name}", nameof(spec.Kind), spec.Kind, "there is nothing here that it could weigh on");
        }
    }
}
