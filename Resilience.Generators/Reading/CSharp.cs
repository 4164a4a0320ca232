using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Resilience.Generators.Reading;

/// <summary>Writes symbols and values as C# source that means the same anywhere.</summary>
internal static class CSharp
{
    private static readonly SymbolDisplayFormat _type = SymbolDisplayFormat.FullyQualifiedFormat
        .AddMiscellaneousOptions(SymbolDisplayMiscellaneousOptions.IncludeNullableReferenceTypeModifier);

    private static readonly SymbolDisplayFormat _bare = _type
        .WithGenericsOptions(SymbolDisplayGenericsOptions.IncludeTypeParameters);

    private static readonly SymbolDisplayFormat _constrained = _bare
        .AddGenericsOptions(SymbolDisplayGenericsOptions.IncludeTypeConstraints);

    /// <summary>Gets a name for messages: <c>IInventory.GetAsync</c>.</summary>
    public static string Short(ISymbol symbol) => symbol is ITypeSymbol
        ? symbol.ToDisplayString(SymbolDisplayFormat.MinimallyQualifiedFormat)
        : $"{symbol.ContainingType.Name}.{symbol.Name}";

    public static string Type(ITypeSymbol type) => type.ToDisplayString(_type);

    public static string Identifier(string name) =>
        SyntaxFacts.GetKeywordKind(name) == SyntaxKind.None && SyntaxFacts.GetContextualKeywordKind(name) == SyntaxKind.None ? name : "@" + name;

    /// <summary>Gets the constraints of a type's parameters as a class with the same parameters must repeat them.</summary>
    public static string Constraints(INamedTypeSymbol type) =>
        type.ToDisplayString(_constrained).Substring(type.ToDisplayString(_bare).Length);

    /// <summary>Gets what an explicit implementation must say about type parameters, so that <c>T?</c> means there what it means in the interface.</summary>
    public static string ExplicitConstraints(IMethodSymbol method) => string.Concat(method.TypeParameters.Select(static parameter =>
        $" where {Identifier(parameter.Name)} : {(parameter.IsReferenceType ? "class" : parameter.IsValueType ? "struct" : "default")}"));

    public static string Text(string value) => SymbolDisplay.FormatLiteral(value, quote: true);

    public static string Number(object value) => SymbolDisplay.FormatPrimitive(value, quoteStrings: true, useHexadecimalNumbers: false) + (value is double ? "d" : "");

    public static string Constant(TypedConstant constant) => constant is { Kind: TypedConstantKind.Enum, Type: { } type }
        ? $"({Type(type)}){Number(constant.Value!)}"
        : Number(constant.Value!);

    public static string Time(TimeSpan time) => time.Ticks % TimeSpan.TicksPerMillisecond == 0
        ? $"global::System.TimeSpan.FromMilliseconds({Number(time.Ticks / TimeSpan.TicksPerMillisecond)})"
        : $"global::System.TimeSpan.FromTicks({Number(time.Ticks)})";
}
