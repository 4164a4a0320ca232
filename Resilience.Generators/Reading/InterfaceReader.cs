using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Resilience.Generators.Models;

namespace Resilience.Generators.Reading;

/// <summary>Reads an interface as what its decorator is made of.</summary>
internal static class InterfaceReader
{
    /// <summary>Says whether an interface has, or inherits, anything that asks for protection.</summary>
    public static bool IsProtected(INamedTypeSymbol type) =>
        Hierarchy(type).Any(static part => part.GetMembers().Prepend(part).Any(static symbol => KnownNames.FindProtecting(symbol) is not null));

    public static Finding Read(INamedTypeSymbol type, Compilation compilation)
    {
        var complaints = new Complaints();
        if (WhyNot(type) is { } reason)
        {
            complaints.Add(Diagnostics.NotDecoratable, Places.Of(type), CSharp.Short(type), reason);
            return new(null, null, complaints.ToArray());
        }

        var members = Hierarchy(type).SelectMany(static part => part.GetMembers()).Where(IsToBeWritten).ToList();
        var reader = new MethodReader(type, compilation, members.OfType<IMethodSymbol>().ToList(), complaints);
        var methods = new List<MethodModel>();
        var forwarded = new List<ForwardedModel>();
        foreach (var member in members)
        {
            if (member is IMethodSymbol method && reader.Read(method) is { } model)
            {
                methods.Add(model);
            }
            else
            {
                forwarded.Add(Forwarding.Write(member, Target(member, type)));
            }
        }

        var result = new InterfaceModel(
            type.ContainingNamespace.IsGlobalNamespace ? "" : type.ContainingNamespace.ToDisplayString(),
            CSharp.Type(type),
            type.Name,
            DecoratorName(type),
            new(type.TypeParameters.Select(static parameter => CSharp.Identifier(parameter.Name))),
            CSharp.Constraints(type),
            IsPublic(type),
            new(methods),
            new(forwarded));
        return new(result, type.IsGenericType ? null : new(result.Interface, DecoratorType(type)), complaints.ToArray());
    }

    /// <summary>Gets the decorator of an interface, closed as the interface is, as C# source.</summary>
    public static string DecoratorType(INamedTypeSymbol type)
    {
        var space = type.ContainingNamespace.IsGlobalNamespace ? "" : type.ContainingNamespace.ToDisplayString() + ".";
        var arguments = type.TypeArguments.IsEmpty ? "" : $"<{string.Join(", ", type.TypeArguments.Select(CSharp.Type))}>";
        return $"global::{space}{DecoratorName(type)}{arguments}";
    }

    /// <summary>Gets a decorator's name: <c>ResilientInventory</c> for <c>IInventory</c>, <c>ResilientShop_Inventory</c> for one inside <c>Shop</c>.</summary>
    public static string DecoratorName(INamedTypeSymbol type)
    {
        var name = type.Name.Length > 1 && type.Name[0] == 'I' && char.IsUpper(type.Name[1]) ? type.Name.Substring(1) : type.Name;
        for (var outer = type.ContainingType; outer is not null; outer = outer.ContainingType)
        {
            name = $"{outer.Name}_{name}";
        }

        return "Resilient" + name;
    }

    private static ImmutableArray<INamedTypeSymbol> Hierarchy(INamedTypeSymbol type) => type.AllInterfaces.Insert(0, type);

    private static string Target(ISymbol member, INamedTypeSymbol type) =>
        SymbolEqualityComparer.Default.Equals(member.ContainingType, type) ? "_inner" : $"(({CSharp.Type(member.ContainingType)})_inner)";

    // What has no body must be written; what has one must be passed on, since the service may have its own.
    private static bool IsToBeWritten(ISymbol member) => member switch
    {
        { IsStatic: true } or { DeclaredAccessibility: not (Accessibility.Public or Accessibility.Internal) } => false,
        IMethodSymbol method => method is { MethodKind: MethodKind.Ordinary, ExplicitInterfaceImplementations.IsEmpty: true },
        IPropertySymbol property => property.ExplicitInterfaceImplementations.IsEmpty,
        IEventSymbol @event => @event.ExplicitInterfaceImplementations.IsEmpty,
        _ => false,
    };

    private static string? WhyNot(INamedTypeSymbol type)
    {
        for (var outer = type; outer is not null; outer = outer.ContainingType)
        {
            if (outer.IsFileLocal || outer.DeclaredAccessibility is Accessibility.Private or Accessibility.Protected or Accessibility.ProtectedAndInternal)
            {
                return $"'{outer.Name}' can't be seen from another file. Make it internal or public.";
            }

            if (!SymbolEqualityComparer.Default.Equals(outer, type) && outer.IsGenericType)
            {
                return $"it is nested in the generic type '{outer.Name}'. Move it out.";
            }
        }

        foreach (var member in Hierarchy(type).SelectMany(static part => part.GetMembers()))
        {
            if (member is { IsStatic: true, IsAbstract: true })
            {
                return $"'{member.Name}' is static and abstract, and belongs to a type and not to the service that is decorated. Take it out of the interface.";
            }

            if (member is { IsAbstract: true, DeclaredAccessibility: not (Accessibility.Public or Accessibility.Internal) })
            {
                return $"'{member.Name}' can't be called from outside. Make it public.";
            }

            if (member is IPropertySymbol { SetMethod.IsInitOnly: true })
            {
                return $"'{member.Name}' can be set only while the service is created. Take its init accessor out of the interface.";
            }
        }

        return null;
    }

    private static bool IsPublic(INamedTypeSymbol type) =>
        type.DeclaredAccessibility == Accessibility.Public && (type.ContainingType is null || IsPublic(type.ContainingType));
}
