using System.ComponentModel.DataAnnotations;
using ServiceDefaults.Operators;

namespace ServiceDefaults.Recovery;

/// <summary>Who may give the recovery orders. Section <c>ServiceDefaults:Recovery</c>.</summary>
internal sealed class RecoveryOperatorOptions : IValidatableObject
{
    public const string Section = "ServiceDefaults:Recovery";

    /// <summary>Gets or sets what <c>/resilience/recovery/rearm</c> asks for as <c>Authorization: Bearer …</c>.</summary>
    /// <value>At least 16 characters; none by default, and then it takes no orders. Only in Development does it take any at all.</value>
    public string? Token { get; set; }

    /// <inheritdoc />
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext) => OperatorToken.Fault(Token, Section) is { } fault ? [fault] : [];
}
