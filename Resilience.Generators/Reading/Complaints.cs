using Microsoft.CodeAnalysis;
using Resilience.Generators.Models;

namespace Resilience.Generators.Reading;

/// <summary>Collects what to tell the author; the same thing once, though an attribute on an interface is read for each of its methods.</summary>
internal sealed class Complaints
{
    private readonly List<DiagnosticInfo> _items = [];

    public int Count => _items.Count;

    public void Add(DiagnosticDescriptor descriptor, Location? place, params string[] arguments)
    {
        var complaint = DiagnosticInfo.Create(descriptor, place, arguments);
        if (!_items.Contains(complaint))
        {
            _items.Add(complaint);
        }
    }

    public EquatableArray<DiagnosticInfo> ToArray() => new(_items);
}
