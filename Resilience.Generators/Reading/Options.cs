using System.Globalization;
using Microsoft.CodeAnalysis;
using Resilience.Generators.Models;

namespace Resilience.Generators.Reading;

/// <summary>Reads the options of a strategy from the library itself, so that a new option or another range is known here without a change.</summary>
internal static class Options
{
    /// <summary>Gets what configuration can set, for every strategy that the library has.</summary>
    public static EquatableArray<OptionsModel> All(Compilation compilation) => new(KnownNames.Order
        .Select(static strategy => strategy.Options)
        .Distinct()
        .Where(type => compilation.GetTypeByMetadataName(type) is not null)
        .Select(type => new OptionsModel(
            type,
            new(Of(compilation.GetTypeByMetadataName(type)).Select(static option => new SettingModel(option.Name, KindOf(option).ToString()))))));

    /// <summary>Gets the options that fit into a line of configuration, base classes' first.</summary>
    public static IEnumerable<IPropertySymbol> Of(INamedTypeSymbol? type)
    {
        var chain = new Stack<INamedTypeSymbol>();
        for (var current = type; current is not null; current = current.BaseType)
        {
            chain.Push(current);
        }

        return chain
            .SelectMany(static current => current.GetMembers().OfType<IPropertySymbol>())
            .Where(static property => IsSettable(property) && KindOf(property) != OptionKind.None);
    }

    public static OptionKind KindOf(IPropertySymbol property)
    {
        var type = property.Type is INamedTypeSymbol { OriginalDefinition.SpecialType: SpecialType.System_Nullable_T } nullable
            ? nullable.TypeArguments[0]
            : property.Type;
        return type switch
        {
            { SpecialType: SpecialType.System_Int32 } => OptionKind.Number,
            { SpecialType: SpecialType.System_Double } => OptionKind.Ratio,
            { SpecialType: SpecialType.System_Boolean } => OptionKind.Switch,
            { TypeKind: TypeKind.Enum } => OptionKind.Choice,
            { Name: "TimeSpan", ContainingNamespace.Name: "System" } => OptionKind.Time,
            _ => OptionKind.None,
        };
    }

    /// <summary>Gets the range that the option's own attribute enforces; null when there is none.</summary>
    public static (IComparable Min, IComparable Max, string MinText, string MaxText)? RangeOf(IPropertySymbol property)
    {
        var range = property.GetAttributes().FirstOrDefault(static attribute => attribute.AttributeClass is { Name: "RangeAttribute" or "TimeRangeAttribute" });
        if (range is not { ConstructorArguments.Length: >= 2 })
        {
            return null;
        }

        var arguments = range.ConstructorArguments;
        return (arguments[arguments.Length - 2].Value, arguments[arguments.Length - 1].Value, KindOf(property)) switch
        {
            (string min, string max, OptionKind.Time) => (Time(min), Time(max), Time(min).ToString("c"), Time(max).ToString("c")),
            (IComparable min, IComparable max, OptionKind.Ratio) => (Number(min), Number(max), Text(min), Text(max)),
            (int min, int max, OptionKind.Number) => (min, max, Text(min), Text(max)),
            _ => null,
        };
    }

    public static string Text(object value) => string.Format(CultureInfo.InvariantCulture, "{0}", value);

    private static bool IsSettable(IPropertySymbol property) =>
        property is { IsStatic: false, DeclaredAccessibility: Accessibility.Public }
        && property.SetMethod is { IsInitOnly: false, DeclaredAccessibility: Accessibility.Public };

    private static TimeSpan Time(string text) => TimeSpan.Parse(text, CultureInfo.InvariantCulture);

    private static double Number(IComparable value) => Convert.ToDouble(value, CultureInfo.InvariantCulture);
}
