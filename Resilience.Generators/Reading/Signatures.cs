using Microsoft.CodeAnalysis;

namespace Resilience.Generators.Reading;

/// <summary>Writes what a member looks like from outside.</summary>
internal static class Signatures
{
    /// <summary>Gets a parameter list as an explicit implementation declares it.</summary>
    public static string Declare(IEnumerable<IParameterSymbol> parameters) => string.Join(", ", parameters.Select(static parameter =>
        $"{Scope(parameter)}{Modifier(parameter)}{CSharp.Type(parameter.Type)} {CSharp.Identifier(parameter.Name)}"));

    /// <summary>Gets an argument list that hands the parameters on.</summary>
    public static string Pass(IEnumerable<IParameterSymbol> parameters) => string.Join(", ", parameters.Select(static parameter =>
        (parameter.RefKind is RefKind.RefReadOnlyParameter ? "in " : Modifier(parameter)) + CSharp.Identifier(parameter.Name)));

    public static string Modifier(IParameterSymbol parameter) => parameter.RefKind switch
    {
        RefKind.Ref => "ref ",
        RefKind.Out => "out ",
        RefKind.In => "in ",
        RefKind.RefReadOnlyParameter => "ref readonly ",
        _ => "",
    };

    public static string Modifier(RefKind returned) => returned switch
    {
        RefKind.Ref => "ref ",
        RefKind.RefReadOnly => "ref readonly ",
        _ => "",
    };

    public static string TypeParameters(IMethodSymbol method) =>
        method.TypeParameters.IsEmpty ? "" : $"<{string.Join(", ", method.TypeParameters.Select(static parameter => CSharp.Identifier(parameter.Name)))}>";

    /// <summary>Gets the types of a method's parameters for a name: <c>(string, int)</c>.</summary>
    public static string Overload(IMethodSymbol method) =>
        $"({string.Join(", ", method.Parameters.Select(static parameter => parameter.Type.ToDisplayString(SymbolDisplayFormat.MinimallyQualifiedFormat)))})";

    /// <summary>Gets a declaration for people: <c>Task&lt;Item&gt; CachedAsync(string id, CancellationToken cancellationToken)</c>.</summary>
    public static string Describe(IMethodSymbol method, string name)
    {
        var parameters = method.Parameters.Select(static parameter =>
            $"{parameter.Type.ToDisplayString(SymbolDisplayFormat.MinimallyQualifiedFormat)} {parameter.Name}");
        return $"{method.ReturnType.ToDisplayString(SymbolDisplayFormat.MinimallyQualifiedFormat)} {name}{TypeParameters(method)}({string.Join(", ", parameters)})";
    }

    // Only where the type doesn't say it already: params spans and out parameters are scoped by themselves.
    private static string Scope(IParameterSymbol parameter) =>
        parameter is { ScopedKind: not ScopedKind.None, RefKind: not RefKind.Out, IsParams: false } ? "scoped " : "";
}
