using Microsoft.CodeAnalysis;
using Resilience.Generators.Models;

namespace Resilience.Generators.Reading;

/// <summary>Reads a method as a call through a pipeline.</summary>
/// <param name="type">The interface that is decorated.</param>
/// <param name="compilation">Where the strategies' options are found.</param>
/// <param name="methods">All methods of the interface, inherited ones included.</param>
/// <param name="complaints">Where to complain.</param>
internal sealed class MethodReader(INamedTypeSymbol type, Compilation compilation, IReadOnlyList<IMethodSymbol> methods, Complaints complaints)
{
    // What a class can't call a property, or has already.
    private readonly HashSet<string> _taken = ["Pipelines", "Equals", "Finalize", "GetHashCode", "GetType", "MemberwiseClone", "ReferenceEquals", "ToString"];
    private readonly HashSet<string> _pipelines = [];

    /// <returns>Null when the method is to be passed on as it is.</returns>
    public MethodModel? Read(IMethodSymbol method)
    {
        var found = StrategyReader.AttributesOf(method, type);
        if (found.Count == 0)
        {
            return null;
        }

        var strategies = StrategyReader.Read(found, compilation, complaints);
        var kind = MethodRules.Check(method, found.ToDictionary(static pair => pair.Key, static pair => pair.Value.Attribute), complaints);
        var fallback = found.TryGetValue(KnownNames.Fallback, out var named) ? new FallbackReader(type, methods, complaints).Read(method, named.Attribute) : null;
        return kind is null ? null : new(
            Forwarding.Attributes(method),
            CSharp.Type(method.ContainingType),
            CSharp.Identifier(method.Name),
            kind.Value,
            CSharp.Type(method.ReturnType),
            method.ReturnType is INamedTypeSymbol { Arity: 1 } task ? CSharp.Type(task.TypeArguments[0]) : "",
            new(method.TypeParameters.Select(static parameter => CSharp.Identifier(parameter.Name))),
            CSharp.ExplicitConstraints(method),
            new(method.Parameters.Select(static parameter =>
                new ParameterModel(CSharp.Type(parameter.Type), CSharp.Identifier(parameter.Name), MethodRules.IsToken(parameter.Type)))),
            Unique(_taken, method.Name, ""),
            Unique(_pipelines, methods.Count(other => other.Name == method.Name) == 1 ? method.Name : method.Name + Signatures.Overload(method), " #"),
            strategies,
            fallback);
    }

    private static string Unique(HashSet<string> taken, string name, string separator)
    {
        var free = name;
        for (var number = 2; !taken.Add(free); number++)
        {
            free = name + separator + CSharp.Number(number);
        }

        return free;
    }
}
