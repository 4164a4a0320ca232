namespace Resilience.Deadlines;

/// <summary>The stretch of code that is under a deadline; <c>using</c> ends it.</summary>
/// <remarks>Dispose it where it was begun. Disposing it again does nothing.</remarks>
public readonly struct DeadlineScope : IDisposable, IEquatable<DeadlineScope>
{
    private readonly Deadline? _before;

    internal DeadlineScope(Deadline? deadline, Deadline? before) => (Deadline, _before) = (deadline, before);

    /// <summary>Gets the deadline that was begun.</summary>
    /// <value>Null for a scope that suspends deadlines.</value>
    public Deadline? Deadline { get; }

    /// <summary>Says whether two scopes are of one deadline.</summary>
    /// <param name="left">One.</param>
    /// <param name="right">The other.</param>
    /// <returns>True when they are.</returns>
    public static bool operator ==(DeadlineScope left, DeadlineScope right) => left.Equals(right);

    /// <summary>Says whether two scopes are of different deadlines.</summary>
    /// <param name="left">One.</param>
    /// <param name="right">The other.</param>
    /// <returns>True when they are.</returns>
    public static bool operator !=(DeadlineScope left, DeadlineScope right) => !left.Equals(right);

    /// <summary>Restores the deadline that the code was under before.</summary>
    public void Dispose()
    {
        if (!ReferenceEquals(Deadline, _before))
        {
            Deadline.Restore(Deadline, _before);
        }
    }

    /// <inheritdoc />
    public bool Equals(DeadlineScope other) => ReferenceEquals(Deadline, other.Deadline) && ReferenceEquals(_before, other._before);

    /// <inheritdoc />
    public override bool Equals(object? obj) => obj is DeadlineScope other && Equals(other);

    /// <inheritdoc />
    public override int GetHashCode() => HashCode.Combine(Deadline, _before);
}
