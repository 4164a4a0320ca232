namespace Resilience.Generators.Reading;

/// <summary>One strategy.</summary>
/// <param name="Key">Its name, and what its settings are found under.</param>
/// <param name="Attribute">The attribute that asks for it.</param>
/// <param name="Extension">The method that adds it.</param>
/// <param name="Options">The type of its options.</param>
/// <param name="Only">
/// The attribute's property that asks for it and the option that it sets, where an attribute asks for several strategies; else every property of
/// the attribute sets the option of the same name.
/// </param>
/// <param name="Handle">The option that takes a predicate made of the attribute's types of exceptions, where there is one.</param>
/// <param name="Suffix">What its name ends with, where a pipeline has two of a kind.</param>
internal sealed record StrategyName(
    string Key, string Attribute, string Extension, string Options, (string Property, string Option)? Only = null, string? Handle = null, string Suffix = "");
