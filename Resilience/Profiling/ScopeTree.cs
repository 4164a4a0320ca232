using System.Collections.Concurrent;

namespace Resilience.Profiling;

/// <summary>All places there are, and the bounds on how many there can be.</summary>
internal sealed class ScopeTree(ScopeProfilerOptions options)
{
    /// <summary>What scopes are called that came after the last name there was room for.</summary>
    public const string Other = "(other)";

    private const int LongestName = 256;

    private readonly Lock _lock = new();
    private readonly ConcurrentDictionary<string, string> _names = new(StringComparer.Ordinal);
    private readonly int _maxNames = options.MaxNames;
    private readonly int _maxPaths = options.MaxPaths;
    private readonly int _maxDepth = options.MaxDepth;
    private ScopePath[] _paths = new ScopePath[16];
    private int _count;
    private int _namesCount;

    public ScopePath Root { get; } = new("", parent: null, id: -1);

    /// <summary>Gets all places but the root; a parent stands before its children.</summary>
    public ReadOnlySpan<ScopePath> Paths
    {
        get
        {
            lock (_lock)
            {
                return _paths.AsSpan(0, _count); // an entry is never changed, and a longer array is a new one
            }
        }
    }

    /// <summary>Finds a place, or makes it.</summary>
    /// <returns>Null when it would be too deep, or one too many.</returns>
    public ScopePath? FindOrAdd(ScopePath parent, string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        if (parent.Depth >= _maxDepth)
        {
            return null;
        }

        var known = NameOf(name);
        return parent.Find(known) ?? Add(parent, known);
    }

    private string NameOf(string name)
    {
        if (_names.TryGetValue(name, out var known))
        {
            return known;
        }

        lock (_lock)
        {
            if (_names.TryGetValue(name, out known))
            {
                return known;
            }

            if (_namesCount == _maxNames || name.Length > LongestName)
            {
                return Other;
            }

            _namesCount++;
            _names[name] = name;
            return name;
        }
    }

    private ScopePath? Add(ScopePath parent, string name)
    {
        lock (_lock)
        {
            if (parent.Find(name) is { } other)
            {
                return other;
            }

            if (_count == _maxPaths)
            {
                return null;
            }

            if (_count == _paths.Length)
            {
                Array.Resize(ref _paths, 2 * _count);
            }

            var path = new ScopePath(name, parent, _count);
            _paths[_count++] = path;
            parent.Add(path);
            return path;
        }
    }
}
