namespace Resilience.Generators.Models;

/// <summary>A parameter.</summary>
/// <param name="Type">Its type.</param>
/// <param name="Name">Its name.</param>
/// <param name="IsToken">Whether it is the caller's token, in whose place each attempt gets its own.</param>
internal sealed record ParameterModel(string Type, string Name, bool IsToken);
