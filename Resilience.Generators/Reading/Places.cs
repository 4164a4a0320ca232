using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Resilience.Generators.Reading;

/// <summary>Finds where in a file something was written, so that a complaint points at it.</summary>
internal static class Places
{
    public static Location? Of(ISymbol symbol) => symbol.Locations.FirstOrDefault(static location => location.IsInSource);

    public static Location? Of(AttributeData attribute) => attribute.ApplicationSyntaxReference?.GetSyntax().GetLocation();

    /// <summary>Gets where an attribute sets a property, by name or by its constructor; the attribute itself if that can't be told.</summary>
    public static Location? Of(AttributeData attribute, string property)
    {
        var arguments = (attribute.ApplicationSyntaxReference?.GetSyntax() as AttributeSyntax)?.ArgumentList?.Arguments ?? [];
        var index = attribute.AttributeConstructor?.Parameters.ToList().FindIndex(parameter => IsSameName(parameter.Name, property)) ?? -1;
        var argument = arguments.FirstOrDefault(argument => argument.NameEquals?.Name.Identifier.ValueText == property)
            ?? arguments.FirstOrDefault(argument => argument.NameColon is { } colon && IsSameName(colon.Name.Identifier.ValueText, property))
            ?? arguments.Where(static argument => argument.NameEquals is null && argument.NameColon is null).ElementAtOrDefault(index);
        return argument?.Expression.GetLocation() ?? Of(attribute);
    }

    /// <summary>Says whether a constructor's parameter sets a property.</summary>
    public static bool IsSameName(string parameter, string property) => string.Equals(parameter, property, StringComparison.OrdinalIgnoreCase);
}
