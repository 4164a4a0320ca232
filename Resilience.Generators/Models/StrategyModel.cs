namespace Resilience.Generators.Models;

/// <summary>One strategy of a pipeline.</summary>
/// <param name="Key">What its settings are found under, and the strategy's name.</param>
/// <param name="Suffix">What follows the pipeline's name in the strategy's.</param>
/// <param name="Namespace">Where its options and its extension method are.</param>
/// <param name="Extension">The method that adds it.</param>
/// <param name="Options">The type of its options.</param>
/// <param name="Settings">What the attribute sets.</param>
internal sealed record StrategyModel(string Key, string Suffix, string Namespace, string Extension, string Options, EquatableArray<SettingModel> Settings);
