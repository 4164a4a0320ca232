using System.Runtime.CompilerServices;

namespace Resilience.Profiling;

/// <summary>A place in the tree of scopes: a name under a name under a name. Made once, shared by all threads, and never taken away.</summary>
/// <remarks>Looking a child up takes no lock and allocates nothing: an open-addressed table, keyed by the name's own reference since names are literals.</remarks>
internal sealed class ScopePath(string name, ScopePath? parent, int id)
{
    private ScopePath?[] _children = new ScopePath?[4];
    private int _count;

    public string Name => name;

    public ScopePath? Parent => parent;

    /// <summary>Gets its place in every thread's list of counters; −1 for the root, which nothing is counted for.</summary>
    public int Id => id;

    public int Depth { get; } = parent is null ? 0 : parent.Depth + 1;

    /// <summary>Finds a child by the very string it was named with.</summary>
    public ScopePath? Find(string child)
    {
        var table = Volatile.Read(ref _children);
        var mask = table.Length - 1;
        for (var slot = RuntimeHelpers.GetHashCode(child) & mask; ; slot = (slot + 1) & mask)
        {
            var found = Volatile.Read(ref table[slot]);
            if (found is null || ReferenceEquals(found.Name, child))
            {
                return found;
            }
        }
    }

    /// <summary>Adds a child that isn't there; under the tree's lock.</summary>
    public void Add(ScopePath child)
    {
        if (2 * ++_count > _children.Length) // a table at most half full: a search always meets a gap
        {
            var larger = new ScopePath?[2 * _children.Length];
            foreach (var other in _children)
            {
                if (other is not null)
                {
                    Put(larger, other);
                }
            }

            Put(larger, child);
            Volatile.Write(ref _children, larger);
        }
        else
        {
            Put(_children, child);
        }
    }

    private static void Put(ScopePath?[] table, ScopePath child)
    {
        var slot = RuntimeHelpers.GetHashCode(child.Name) & (table.Length - 1);
        while (table[slot] is not null)
        {
            slot = (slot + 1) & (table.Length - 1);
        }

        Volatile.Write(ref table[slot], child);
    }
}
