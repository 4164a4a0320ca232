namespace Resilience.Generators.Models;

/// <summary>A member that is passed on as it is.</summary>
/// <param name="Source">The whole member, as C# source.</param>
internal sealed record ForwardedModel(string Source);
