using Microsoft.CodeAnalysis;

namespace Resilience.Generators.Reading;

/// <summary>What one attribute sets, and what of it is wrong.</summary>
/// <param name="attribute">The attribute.</param>
/// <param name="subject">What it stands on.</param>
/// <param name="complaints">Where to complain.</param>
internal sealed class AttributeValues(AttributeData attribute, ISymbol subject, Complaints complaints)
{
    /// <summary>Gets a value that was written down; null for what was left to its default.</summary>
    public TypedConstant? Find(string property)
    {
        foreach (var named in attribute.NamedArguments)
        {
            if (named.Key == property)
            {
                return named.Value;
            }
        }

        var index = attribute.AttributeConstructor?.Parameters.ToList().FindIndex(parameter => Places.IsSameName(parameter.Name, property)) ?? -1;
        return index >= 0 && index < attribute.ConstructorArguments.Length ? attribute.ConstructorArguments[index] : null;
    }

    /// <summary>Gets a time that was written down as text; null for none, and for one that can't be read, which is complained about.</summary>
    public TimeSpan? FindTime(string property)
    {
        if (Find(property)?.Value is not string text)
        {
            return null;
        }

        if (Attributes.DurationText.TryParse(text, out var time))
        {
            return time;
        }

        complaints.Add(Diagnostics.NotATime, Places.Of(attribute, property), CSharp.Short(subject), KnownNames.NameOf(attribute)!, property, text);
        return null;
    }

    /// <summary>Gets what an option is to be set to, as C# source; null to leave its default.</summary>
    public string? Literal(string property, IPropertySymbol option)
    {
        if (Options.KindOf(option) == OptionKind.Time)
        {
            return FindTime(property) is { } time && IsWithin(property, option, time, time.ToString("c")) ? CSharp.Time(time) : null;
        }

        return Find(property) is { Value: { } value } constant && IsWithin(property, option, value as IComparable, Options.Text(value))
            ? CSharp.Constant(constant)
            : null;
    }

    /// <summary>Gets a predicate for the types of exceptions that were written down, as C# source; null for none.</summary>
    public string? Predicate(string property)
    {
        if (Find(property) is not { Kind: TypedConstantKind.Array, IsNull: false } list || list.Values.IsEmpty)
        {
            return null;
        }

        var types = list.Values.Select(static value => value.Value).OfType<ITypeSymbol>().ToList();
        foreach (var type in types.Where(static type => !IsException(type)))
        {
            complaints.Add(
                Diagnostics.NotAnException, Places.Of(attribute, property), CSharp.Short(subject), KnownNames.NameOf(attribute)!, CSharp.Short(type));
        }

        return $"static exception => exception is {string.Join(" or ", types.Where(IsException).Select(CSharp.Type).DefaultIfEmpty("global::System.Exception"))}";
    }

    private static bool IsException(ITypeSymbol? type)
    {
        for (; type is not null; type = type.BaseType)
        {
            if (type is { Name: "Exception", ContainingNamespace: { Name: "System", ContainingNamespace.IsGlobalNamespace: true } })
            {
                return true;
            }
        }

        return false;
    }

    private bool IsWithin(string property, IPropertySymbol option, IComparable? value, string text)
    {
        if (value is null || Options.RangeOf(option) is not { } range || (range.Min.CompareTo(value) <= 0 && range.Max.CompareTo(value) >= 0))
        {
            return true;
        }

        complaints.Add(
            Diagnostics.OutOfRange, Places.Of(attribute, property), CSharp.Short(subject), KnownNames.NameOf(attribute)!, property, text, range.MinText, range.MaxText);
        return false;
    }
}
