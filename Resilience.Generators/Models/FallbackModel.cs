namespace Resilience.Generators.Models;

/// <summary>The method that answers when another has failed.</summary>
/// <param name="Owner">The interface that declares it.</param>
/// <param name="Name">Its name.</param>
/// <param name="Returns">How its calls are awaited.</param>
/// <param name="TakesException">Whether it is told why, as its first parameter.</param>
internal sealed record FallbackModel(string Owner, string Name, AwaitableKind Returns, bool TakesException);
