namespace Resilience.Generators.Models;

/// <summary>One option of a strategy.</summary>
/// <param name="Option">Its name.</param>
/// <param name="Text">What it is set to, as C# source; or the name of the method that reads it from configuration.</param>
internal sealed record SettingModel(string Option, string Text);
