using Microsoft.CodeAnalysis;
using Resilience.Generators.Models;

namespace Resilience.Generators.Reading;

/// <summary>Writes the members that a decorator passes on as they are.</summary>
internal static class Forwarding
{
    public static ForwardedModel Write(ISymbol member, string target) => new(Attributes(member) + (member switch
    {
        IMethodSymbol method => Method(method, target),
        IPropertySymbol property => Property(property, target),
        IEventSymbol @event => Event(@event, target),
        _ => "",
    }));

    /// <summary>Gets what keeps the compiler from refusing to pass on what is marked as an error to use.</summary>
    public static string Attributes(ISymbol member) =>
        member.GetAttributes().Any(static attribute => attribute.AttributeClass is { Name: "ObsoleteAttribute" }) ? "[global::System.Obsolete] " : "";

    private static string Method(IMethodSymbol method, string target)
    {
        var (name, types) = (CSharp.Identifier(method.Name), Signatures.TypeParameters(method));
        return $"{Unsafe(method)}{Signatures.Modifier(method.RefKind)}{CSharp.Type(method.ReturnType)} {Owner(method)}.{name}{types}"
            + $"({Signatures.Declare(method.Parameters)}){CSharp.ExplicitConstraints(method)}"
            + $" => {(method.RefKind == RefKind.None ? "" : "ref ")}{target}.{name}{types}({Signatures.Pass(method.Parameters)});";
    }

    private static string Property(IPropertySymbol property, string target)
    {
        var declared = property.IsIndexer ? $"this[{Signatures.Declare(property.Parameters)}]" : CSharp.Identifier(property.Name);
        var accessed = property.IsIndexer ? $"{target}[{Signatures.Pass(property.Parameters)}]" : $"{target}.{CSharp.Identifier(property.Name)}";
        var get = property.GetMethod is null ? "" : $"get => {(property.RefKind == RefKind.None ? "" : "ref ")}{accessed}; ";
        var set = property.SetMethod is null ? "" : $"set => {accessed} = value; ";
        return $"{Signatures.Modifier(property.RefKind)}{CSharp.Type(property.Type)} {Owner(property)}.{declared} {{ {get}{set}}}";
    }

    private static string Event(IEventSymbol @event, string target)
    {
        var name = CSharp.Identifier(@event.Name);
        return $"event {CSharp.Type(@event.Type)} {Owner(@event)}.{name} {{ add => {target}.{name} += value; remove => {target}.{name} -= value; }}";
    }

    private static string Owner(ISymbol member) => CSharp.Type(member.ContainingType);

    private static string Unsafe(IMethodSymbol method) =>
        method.Parameters.Select(static parameter => parameter.Type).Append(method.ReturnType).Any(static type => type is IPointerTypeSymbol or IFunctionPointerTypeSymbol)
            ? "unsafe "
            : "";
}
