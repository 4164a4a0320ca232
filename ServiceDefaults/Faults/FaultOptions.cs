using System.ComponentModel.DataAnnotations;
using ServiceDefaults.Operators;

namespace ServiceDefaults.Faults;

/// <summary>Whether a service may be broken on purpose, and by whom. Section <c>ServiceDefaults:Faults</c>.</summary>
internal sealed class FaultOptions : IValidatableObject
{
    public const string Section = "ServiceDefaults:Faults";

    /// <summary>Gets or sets whether there are <c>/faults</c>. Only in Development are there any at all.</summary>
    /// <value>False by default.</value>
    public bool Enabled { get; set; }

    /// <summary>Gets or sets what <c>/faults</c> asks for as <c>Authorization: Bearer …</c>.</summary>
    /// <value>At least 16 characters. Required when enabled.</value>
    public string? Token { get; set; }

    /// <summary>Gets or sets which header says whose a request is.</summary>
    /// <value><c>X-Client-Id</c> by default.</value>
    [Required]
    public string CallerHeader { get; set; } = "X-Client-Id";

    /// <summary>Gets or sets how many faults there may be at a time.</summary>
    /// <value>A number of faults from 1 to 64; 8 by default.</value>
    [Range(1, 64)]
    public int MaxFaults { get; set; } = 8;

    /// <summary>Gets or sets which share of calls a fault may strike at most.</summary>
    /// <value>A ratio from 0.0001 to 1; 1 by default.</value>
    [Range(0.0001, 1.0)]
    public double MaxRate { get; set; } = 1;

    /// <inheritdoc />
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Enabled && Token is null)
        {
            yield return new($"{Section}:Token is missing, without which {Section}:Enabled lets nobody in. Set it to a secret of at least {OperatorToken.ShortestLength} characters.");
        }

        if (OperatorToken.Fault(Token, Section) is { } fault)
        {
            yield return fault;
        }
    }
}
