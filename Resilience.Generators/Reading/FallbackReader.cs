using Microsoft.CodeAnalysis;
using Resilience.Generators.Models;

namespace Resilience.Generators.Reading;

/// <summary>Finds the method that answers when another has failed.</summary>
/// <param name="type">The interface that is decorated.</param>
/// <param name="methods">All its methods.</param>
/// <param name="complaints">Where to complain.</param>
internal sealed class FallbackReader(INamedTypeSymbol type, IReadOnlyList<IMethodSymbol> methods, Complaints complaints)
{
    public FallbackModel? Read(IMethodSymbol method, AttributeData attribute)
    {
        var name = NameIn(attribute);
        var place = Places.Of(attribute, "method");
        if (methods.All(other => other.Name != name))
        {
            complaints.Add(Diagnostics.UnknownFallback, place, CSharp.Short(method), name, CSharp.Short(type));
            return null;
        }

        if (Resolve(method, name) is not { } fallback)
        {
            complaints.Add(Diagnostics.OtherSignature, place, CSharp.Short(method), name, Signatures.Describe(method, name));
            return null;
        }

        if (FindCycle(method) is { } cycle)
        {
            complaints.Add(Diagnostics.FallbackCycle, place, CSharp.Short(method), cycle);
            return null;
        }

        return MethodRules.KindOf(fallback) is { } kind
            ? new(CSharp.Type(fallback.ContainingType), CSharp.Identifier(fallback.Name), kind, fallback.Parameters.Length > method.Parameters.Length)
            : null; // as the method itself: it returns the same
    }

    private static string NameIn(AttributeData attribute) => attribute.ConstructorArguments.FirstOrDefault().Value as string ?? "";

    // The method itself only when nothing else fits: an overload of the same name is a good fallback.
    private IMethodSymbol? Resolve(IMethodSymbol method, string name)
    {
        var fitting = methods.Where(other => other.Name == name && Fits(method, other)).ToList();
        return fitting.FirstOrDefault(other => !SymbolEqualityComparer.Default.Equals(other, method)) ?? fitting.FirstOrDefault();
    }

    private static bool Fits(IMethodSymbol method, IMethodSymbol other)
    {
        if (other.Arity != method.Arity)
        {
            return false;
        }

        var comparable = method.Arity == 0 ? other : other.Construct([.. method.TypeParameters]);
        var parameters = comparable.Parameters.AsEnumerable();
        if (comparable.Parameters.Length == method.Parameters.Length + 1 && comparable.Parameters[0].Type is { Name: "Exception", ContainingNamespace.Name: "System" })
        {
            parameters = parameters.Skip(1);
        }

        return SymbolEqualityComparer.Default.Equals(comparable.ReturnType, method.ReturnType)
            && parameters.Select(static parameter => (parameter.RefKind, parameter.Type)).SequenceEqual(
                method.Parameters.Select(static parameter => (parameter.RefKind, parameter.Type)), ParameterComparer.Instance);
    }

    private string? FindCycle(IMethodSymbol start)
    {
        var path = new List<IMethodSymbol> { start };
        while (KnownNames.Find(path[path.Count - 1], KnownNames.Fallback) is { } attribute && Resolve(path[path.Count - 1], NameIn(attribute)) is { } next)
        {
            path.Add(next);
            if (SymbolEqualityComparer.Default.Equals(next, start))
            {
                return string.Join(" → ", path.Select(static method => method.Name));
            }

            if (path.Count > methods.Count)
            {
                return null; // it runs into a circle further on, which those methods are told of
            }
        }

        return null;
    }

    private sealed class ParameterComparer : IEqualityComparer<(RefKind Kind, ITypeSymbol Type)>
    {
        public static readonly ParameterComparer Instance = new();

        public bool Equals((RefKind Kind, ITypeSymbol Type) x, (RefKind Kind, ITypeSymbol Type) y) =>
            x.Kind == y.Kind && SymbolEqualityComparer.Default.Equals(x.Type, y.Type);

        public int GetHashCode((RefKind Kind, ITypeSymbol Type) obj) => (int)obj.Kind;
    }
}
