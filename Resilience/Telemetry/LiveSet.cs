namespace Resilience.Telemetry;

/// <summary>What is alive of a kind, for gauges to read: a gauge has a value from the first moment, and none after its thing is gone.</summary>
/// <remarks>
/// Holds its members weakly, so that being watched keeps nothing alive. Safe for concurrent use; adding takes a lock, and clears the dead away
/// only when the set has doubled, so that a million short-lived members cost no more than a million times a few.
/// </remarks>
/// <typeparam name="T">The kind.</typeparam>
internal sealed class LiveSet<T>
    where T : class
{
    private const int FirstClearing = 16;

    private readonly Lock _lock = new();
    private readonly List<WeakReference<T>> _members = [];
    private int _clearAt = FirstClearing;

    /// <summary>Adds a member.</summary>
    /// <param name="member">It is left out once nothing else holds it.</param>
    public void Add(T member)
    {
        lock (_lock)
        {
            if (_members.Count >= _clearAt)
            {
                _members.RemoveAll(static reference => !reference.TryGetTarget(out _));
                _clearAt = Math.Max(FirstClearing, 2 * _members.Count);
            }

            _members.Add(new(member));
        }
    }

    /// <summary>Takes a member out before it is collected. Looks at all of them.</summary>
    /// <param name="member">The member.</param>
    public void Remove(T member)
    {
        lock (_lock)
        {
            _members.RemoveAll(reference => !reference.TryGetTarget(out var other) || ReferenceEquals(other, member));
        }
    }

    /// <summary>Gets the members that are alive now.</summary>
    /// <returns>In the order in which they were added.</returns>
    public IReadOnlyList<T> Snapshot()
    {
        lock (_lock)
        {
            var alive = new List<T>(_members.Count);
            foreach (var reference in _members)
            {
                if (reference.TryGetTarget(out var member))
                {
                    alive.Add(member);
                }
            }

            return alive;
        }
    }
}
