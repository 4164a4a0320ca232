using Microsoft.CodeAnalysis;
using Resilience.Generators.Models;

namespace Resilience.Generators.Reading;

/// <summary>Reads what a method's attributes ask for as the strategies of its pipeline.</summary>
internal static class StrategyReader
{
    /// <summary>Gets the attributes that hold for a method: its own, and for what it doesn't say itself those of the interfaces that it comes by.</summary>
    /// <param name="method">The method.</param>
    /// <param name="decorated">The interface that is decorated: <paramref name="method"/>'s own, or one that inherits it.</param>
    /// <returns>Each attribute with what it stands on, by name, outermost first.</returns>
    public static Dictionary<string, (AttributeData Attribute, ISymbol Subject)> AttributesOf(IMethodSymbol method, INamedTypeSymbol decorated)
    {
        ISymbol[] subjects = KnownNames.Find(method, KnownNames.Unprotected) is null ? [method, method.ContainingType, decorated] : [method];
        var found = new Dictionary<string, (AttributeData, ISymbol)>();
        foreach (var name in KnownNames.Protecting)
        {
            foreach (var subject in subjects)
            {
                if (!found.ContainsKey(name) && KnownNames.Find(subject, name) is { } attribute)
                {
                    found.Add(name, (attribute, subject));
                }
            }
        }

        return found;
    }

    public static EquatableArray<StrategyModel> Read(
        Dictionary<string, (AttributeData Attribute, ISymbol Subject)> attributes, Compilation compilation, Complaints complaints)
    {
        var strategies = new List<StrategyModel>();
        foreach (var strategy in KnownNames.Order)
        {
            if (attributes.TryGetValue(strategy.Attribute, out var found)
                && ReadOne(strategy, new(found.Attribute, found.Subject, complaints), compilation) is { } model)
            {
                strategies.Add(model);
            }
        }

        if (attributes.TryGetValue(KnownNames.Timeout, out var timeout))
        {
            CheckTimes(timeout.Attribute, timeout.Subject, complaints);
        }

        return new(strategies);
    }

    private static StrategyModel? ReadOne(StrategyName strategy, AttributeValues values, Compilation compilation)
    {
        if (strategy.Only is { } only && values.Find(only.Property)?.Value is null)
        {
            return null;
        }

        // Timeout's own properties must not set options that happen to have the same name.
        string PropertyFor(string option) => strategy.Only is not { } only ? option : only.Option == option ? only.Property : "";

        var settings = Options.Of(compilation.GetTypeByMetadataName(strategy.Options))
            .Select(option => (option.Name, Value: values.Literal(PropertyFor(option.Name), option)))
            .Where(static setting => setting.Value is not null)
            .Select(static setting => new SettingModel(setting.Name, setting.Value!));
        if (strategy.Handle is { } handle && values.Predicate("On") is { } predicate)
        {
            settings = settings.Append(new(handle, predicate));
        }

        var dot = strategy.Options.LastIndexOf('.');
        return new(strategy.Key, strategy.Suffix, strategy.Options.Substring(0, dot), strategy.Extension, strategy.Options.Substring(dot + 1), new(settings));
    }

    private static void CheckTimes(AttributeData attribute, ISymbol subject, Complaints complaints)
    {
        var values = new AttributeValues(attribute, subject, new()); // what can't be read has been complained about
        if (values.Find("Total")?.Value is null && values.Find("PerAttempt")?.Value is null)
        {
            complaints.Add(Diagnostics.BoundsNothing, Places.Of(attribute), CSharp.Short(subject));
        }
        else if (values.FindTime("Total") is { } total && values.FindTime("PerAttempt") is { } attempt && attempt >= total)
        {
            complaints.Add(
                Diagnostics.AttemptOutlastsTotal, Places.Of(attribute, "PerAttempt"), CSharp.Short(subject), attempt.ToString("c"), total.ToString("c"));
        }
    }
}
