using Microsoft.CodeAnalysis;
using Resilience.Generators.Models;

namespace Resilience.Generators.Reading;

/// <summary>Reads what a resilience attribute stands on.</summary>
internal static class TargetReader
{
    public static Finding? Read(GeneratorAttributeSyntaxContext context, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var attribute = context.Attributes[0];
        var type = context.TargetSymbol as INamedTypeSymbol ?? context.TargetSymbol.ContainingType;
        if (type.TypeKind != TypeKind.Interface)
        {
            var complaints = new Complaints();
            complaints.Add(Diagnostics.NotOnAnInterface, Places.Of(attribute), CSharp.Short(context.TargetSymbol), KnownNames.NameOf(attribute)!);
            return new(null, null, complaints.ToArray());
        }

        // An interface has many attributes and is read once: for the first of them.
        return Trigger(type) is { } trigger
            && SymbolEqualityComparer.Default.Equals(trigger.AttributeClass, attribute.AttributeClass)
            && SymbolEqualityComparer.Default.Equals(Bearer(type), context.TargetSymbol)
                ? InterfaceReader.Read(type, context.SemanticModel.Compilation)
                : null;
    }

    /// <summary>Gets the first attribute on an interface and its own methods; null when there is none.</summary>
    public static AttributeData? Trigger(INamedTypeSymbol type) => Bearer(type) is { } bearer ? KnownNames.FindProtecting(bearer) : null;

    private static ISymbol? Bearer(INamedTypeSymbol type) =>
        type.GetMembers().Prepend(type).FirstOrDefault(static symbol => KnownNames.FindProtecting(symbol) is not null);
}
