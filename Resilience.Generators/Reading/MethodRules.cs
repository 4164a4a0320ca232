using Microsoft.CodeAnalysis;
using Resilience.Generators.Models;

namespace Resilience.Generators.Reading;

/// <summary>Says which methods can run through a pipeline, and why the others can't.</summary>
internal static class MethodRules
{
    /// <summary>Complains about everything that keeps a method from being protected.</summary>
    /// <param name="method">The method.</param>
    /// <param name="attributes">What asks for its protection, by name.</param>
    /// <param name="complaints">Where to complain.</param>
    /// <returns>How its calls are awaited; null when it can't be protected.</returns>
    public static AwaitableKind? Check(IMethodSymbol method, IReadOnlyDictionary<string, AttributeData> attributes, Complaints complaints)
    {
        var before = complaints.Count;
        var kind = KindOf(method);
        if (kind is null)
        {
            var rule = IsStream(method.ReturnType) ? Diagnostics.AsyncEnumerable : Diagnostics.NotAwaitable;
            complaints.Add(rule, Places.Of(method), CSharp.Short(method), Returned(method), attributes.Keys.First());
        }

        foreach (var parameter in method.Parameters)
        {
            CheckParameter(method, parameter, complaints);
        }

        CheckToken(method, attributes, complaints);
        return complaints.Count == before ? kind : null;
    }

    public static bool IsToken(ITypeSymbol type) => type is { Name: "CancellationToken", ContainingNamespace: { Name: "Threading", ContainingNamespace.Name: "System" } };

    public static AwaitableKind? KindOf(IMethodSymbol method) => method is { RefKind: RefKind.None, ReturnType: INamedTypeSymbol type } && IsTask(type)
        ? (type.Name, type.Arity) switch
        {
            ("Task", 0) => AwaitableKind.Task,
            ("Task", 1) => AwaitableKind.TaskOfResult,
            ("ValueTask", 0) => AwaitableKind.ValueTask,
            ("ValueTask", 1) => AwaitableKind.ValueTaskOfResult,
            _ => null,
        }
        : null;

    private static bool IsTask(INamedTypeSymbol type) => type.ContainingNamespace?.ToDisplayString() == "System.Threading.Tasks";

    private static bool IsStream(ITypeSymbol type) => type.Name is "IAsyncEnumerable" or "IAsyncEnumerator";

    private static string Returned(IMethodSymbol method) =>
        (method.RefKind == RefKind.None ? "" : "ref ") + method.ReturnType.ToDisplayString(SymbolDisplayFormat.MinimallyQualifiedFormat);

    private static void CheckParameter(IMethodSymbol method, IParameterSymbol parameter, Complaints complaints)
    {
        if (parameter.RefKind != RefKind.None)
        {
            complaints.Add(Diagnostics.ByReference, Places.Of(parameter), CSharp.Short(method), parameter.Name, Signatures.Modifier(parameter).TrimEnd());
        }

        if (parameter.Type.IsRefLikeType || parameter.Type is IPointerTypeSymbol or IFunctionPointerTypeSymbol or ITypeParameterSymbol { AllowsRefLikeType: true })
        {
            complaints.Add(
                Diagnostics.StackOnly,
                Places.Of(parameter),
                CSharp.Short(method),
                parameter.Name,
                parameter.Type.ToDisplayString(SymbolDisplayFormat.MinimallyQualifiedFormat));
        }
    }

    private static void CheckToken(IMethodSymbol method, IReadOnlyDictionary<string, AttributeData> attributes, Complaints complaints)
    {
        var tokens = method.Parameters.Count(static parameter => IsToken(parameter.Type));
        if (tokens > 1)
        {
            complaints.Add(Diagnostics.SeveralTokens, Places.Of(method), CSharp.Short(method), CSharp.Number(tokens));
        }
        else if (tokens == 0 && attributes.ContainsKey(KnownNames.Timeout))
        {
            complaints.Add(Diagnostics.NoToken, Places.Of(method), CSharp.Short(method));
        }
    }
}
