using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Text;

namespace Resilience.Generators.Models;

/// <summary>A place in a file.</summary>
internal sealed record PlaceInfo(string Path, TextSpan Span, LinePositionSpan Lines)
{
    public static PlaceInfo? From(Location? location) => location?.SourceTree is { } tree
        ? new(tree.FilePath, location.SourceSpan, location.GetLineSpan().Span)
        : null;

    public Location ToLocation() => Location.Create(Path, Span, Lines);
}
