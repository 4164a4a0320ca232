namespace Resilience.Generators.Models;

/// <summary>The options of a strategy that configuration can set.</summary>
/// <param name="Type">Their type.</param>
/// <param name="Settings">What can be set; no values.</param>
internal sealed record OptionsModel(string Type, EquatableArray<SettingModel> Settings);
