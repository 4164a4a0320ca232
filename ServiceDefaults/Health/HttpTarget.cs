using System.ComponentModel.DataAnnotations;

namespace ServiceDefaults.Health;

/// <summary>A page to be asked. Section <c>Resilience:Health:Http:{name}</c>.</summary>
internal sealed class HttpTarget : HealthTarget, IValidatableObject
{
    public const string Section = "Resilience:Health:Http";

    /// <summary>Gets or sets the page's address.</summary>
    /// <value>Absolute, http or https. Required.</value>
    [Required]
    public Uri? Address { get; set; }

    /// <inheritdoc />
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Address is not { IsAbsoluteUri: true, Scheme: "http" or "https" })
        {
            yield return new($"{validationContext.DisplayName}:Address is {Address}, which must be absolute, and http or https, such as https://payments.example/health.");
        }
    }
}
