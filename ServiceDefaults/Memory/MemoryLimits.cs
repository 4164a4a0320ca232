using System.ComponentModel.DataAnnotations;

namespace ServiceDefaults.Memory;

/// <summary>How much memory a service may use before it does something about it. Section <c>Resilience:Memory</c>.</summary>
internal sealed class MemoryLimits : IValidatableObject
{
    public const string Section = "Resilience:Memory";

    /// <summary>Gets or sets from which share of what the container or machine gives pools are trimmed, caches shrunk and load is shed.</summary>
    /// <value>A ratio from 0.01 to 1; 0.75 by default.</value>
    [Range(0.01, 1.0)]
    public double SoftLimit { get; set; } = 0.75;

    /// <summary>Gets or sets from which share on requests with a body are refused with 503, until there is less.</summary>
    /// <value>A ratio from 0.01 to 1; 0.9 by default. Not less than <see cref="SoftLimit"/>.</value>
    [Range(0.01, 1.0)]
    public double HardLimit { get; set; } = 0.9;

    /// <inheritdoc />
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (SoftLimit > HardLimit)
        {
            yield return new($"{Section}:SoftLimit is {SoftLimit}, which must not be more than {Section}:HardLimit ({HardLimit}).");
        }
    }
}
