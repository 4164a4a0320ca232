namespace Resilience.Generators.Models;

/// <summary>What the generated code can count on.</summary>
/// <param name="HasServices">Whether there is a service collection to register in.</param>
/// <param name="HasConfiguration">Whether there is a configuration to read settings from.</param>
/// <param name="HasTelemetry">Whether Polly's telemetry can be turned on.</param>
internal sealed record Surroundings(bool HasServices, bool HasConfiguration, bool HasTelemetry);
