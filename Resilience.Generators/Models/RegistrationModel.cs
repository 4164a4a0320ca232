namespace Resilience.Generators.Models;

/// <summary>A service that <c>AddResilient</c> can register.</summary>
/// <param name="Service">The interface, closed.</param>
/// <param name="Decorator">Its decorator, closed.</param>
internal sealed record RegistrationModel(string Service, string Decorator);
