namespace Resilience.Generators.Models;

/// <summary>An interface and what its decorator is made of. All types are written out in full, as C# source.</summary>
/// <param name="Namespace">Where the interface, and so the decorator, stands; empty for the global one.</param>
/// <param name="Interface">The interface with its type parameters.</param>
/// <param name="ShortName">The interface's name without namespace and type parameters.</param>
/// <param name="Decorator">The decorator's name without its type parameters.</param>
/// <param name="TypeParameters">The names of the type parameters.</param>
/// <param name="Constraints">What the type parameters are constrained to, as C# source.</param>
/// <param name="IsPublic">Whether other assemblies see it.</param>
/// <param name="Methods">The methods that run through a pipeline.</param>
/// <param name="Forwarded">All other members.</param>
internal sealed record InterfaceModel(
    string Namespace,
    string Interface,
    string ShortName,
    string Decorator,
    EquatableArray<string> TypeParameters,
    string Constraints,
    bool IsPublic,
    EquatableArray<MethodModel> Methods,
    EquatableArray<ForwardedModel> Forwarded)
{
    public string TypeParameterList => TypeParameters.Count == 0 ? "" : $"<{string.Join(", ", TypeParameters)}>";

    public string HintName =>
        $"{(Namespace.Length == 0 ? "" : Namespace.Replace("@", "") + ".")}{Decorator}{(TypeParameters.Count == 0 ? "" : $"`{TypeParameters.Count}")}.g.cs";
}
