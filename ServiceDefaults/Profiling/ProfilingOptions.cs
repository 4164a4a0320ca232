using System.ComponentModel.DataAnnotations;
using ServiceDefaults.Operators;

namespace ServiceDefaults.Profiling;

/// <summary>Whether a service profiles itself, and who may see it. Section <c>ServiceDefaults:Profiling</c>.</summary>
public sealed class ProfilingOptions : IValidatableObject
{
    internal const string Section = "ServiceDefaults:Profiling";

    /// <summary>Gets or sets whether scopes are measured.</summary>
    /// <value>True by default; a scope costs about two time stamps.</value>
    public bool Enabled { get; set; } = true;

    /// <summary>Gets or sets whether each scope is a span in traces, too.</summary>
    /// <value>False by default: a span costs far more than a scope.</value>
    public bool MirrorsSpans { get; set; }

    /// <summary>Gets or sets what <c>/profile</c> asks for as <c>Authorization: Bearer …</c>.</summary>
    /// <value>At least 16 characters; none by default, and then there is no <c>/profile</c>. Only in Development is there one at all.</value>
    public string? Token { get; set; }

    /// <inheritdoc />
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext) => OperatorToken.Fault(Token, Section) is { } fault ? [fault] : [];
}
