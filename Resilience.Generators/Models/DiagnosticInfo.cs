using Microsoft.CodeAnalysis;

namespace Resilience.Generators.Models;

/// <summary>Something to tell the author of an interface, without a hold on the compilation it was found in.</summary>
internal sealed record DiagnosticInfo(string Id, PlaceInfo? Place, EquatableArray<string> Arguments)
{
    public static DiagnosticInfo Create(DiagnosticDescriptor descriptor, Location? place, params string[] arguments) =>
        new(descriptor.Id, PlaceInfo.From(place), new(arguments));

    public Diagnostic ToDiagnostic() =>
        Diagnostic.Create(Diagnostics.ById[Id], Place?.ToLocation() ?? Location.None, [.. Arguments]);
}
