using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Resilience.Generators.Models;

namespace Resilience.Generators.Reading;

/// <summary>Reads a call of <c>AddResilient&lt;TService, TImplementation&gt;()</c>: it asks for closed generic services, and for inherited attributes.</summary>
internal static class RegistrationReader
{
    public const string Method = "AddResilient";

    public static bool LooksLikeCall(SyntaxNode node) => node is GenericNameSyntax
    {
        Identifier.ValueText: Method,
        TypeArgumentList.Arguments.Count: 2,
        Parent: MemberAccessExpressionSyntax { Parent: InvocationExpressionSyntax },
    };

    public static Finding? Read(GeneratorSyntaxContext context, CancellationToken cancellationToken)
    {
        var name = (GenericNameSyntax)context.Node;
        var receiver = ((MemberAccessExpressionSyntax)name.Parent!).Expression;
        var service = name.TypeArgumentList.Arguments[0];
        if (!IsServices(context.SemanticModel.GetTypeInfo(receiver, cancellationToken).Type)
            || context.SemanticModel.GetTypeInfo(service, cancellationToken).Type is not INamedTypeSymbol { TypeKind: not TypeKind.Error } type)
        {
            return null; // somebody else's method, or a type parameter, which the service that it stands for is registered for
        }

        var complaints = new Complaints();
        var definition = type.OriginalDefinition;
        if (type.TypeKind != TypeKind.Interface || !InterfaceReader.IsProtected(definition))
        {
            complaints.Add(Diagnostics.NothingToDecorate, service.GetLocation(), CSharp.Short(type));
            return new(null, null, complaints.ToArray());
        }

        var registration = new RegistrationModel(CSharp.Type(type), InterfaceReader.DecoratorType(type));
        if (HasDecorator(definition, context.SemanticModel.Compilation))
        {
            return new(null, registration, default);
        }

        var found = InterfaceReader.Read(definition, context.SemanticModel.Compilation);
        return found with { Registration = found.Interface is null ? null : registration };
    }

    // Written where the interface is, or by the attributes on it here.
    private static bool HasDecorator(INamedTypeSymbol definition, Compilation compilation)
    {
        if (SymbolEqualityComparer.Default.Equals(definition.ContainingAssembly, compilation.Assembly))
        {
            return TargetReader.Trigger(definition) is not null;
        }

        var space = definition.ContainingNamespace.IsGlobalNamespace ? "" : definition.ContainingNamespace.ToDisplayString() + ".";
        var arity = definition.Arity == 0 ? "" : $"`{definition.Arity}";
        return definition.ContainingAssembly.GetTypeByMetadataName(space + InterfaceReader.DecoratorName(definition) + arity) is { } decorator
            && compilation.IsSymbolAccessibleWithin(decorator, compilation.Assembly);
    }

    private static bool IsServices(ITypeSymbol? type) =>
        type is null or IErrorTypeSymbol // what AddResilient returned, which is not written yet
            || type.AllInterfaces.Prepend(type).Any(static part => part is { Name: "IServiceCollection" });
}
