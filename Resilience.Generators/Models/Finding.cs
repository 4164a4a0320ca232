namespace Resilience.Generators.Models;

/// <summary>What was found at one place: an interface to decorate, a service to register, or something to complain about.</summary>
/// <param name="Interface">The interface, if its decorator is to be written.</param>
/// <param name="Registration">The service, if it can be registered.</param>
/// <param name="Complaints">What to tell the author.</param>
internal sealed record Finding(InterfaceModel? Interface, RegistrationModel? Registration, EquatableArray<DiagnosticInfo> Complaints);
