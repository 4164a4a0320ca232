namespace Resilience.Outcomes;

/// <summary>An ending that a caller gets while what he called still runs. Whoever lent the call something, such as a permit, keeps it lent until then.</summary>
public interface ILeavesWorkRunning
{
    /// <summary>Gets what ends when the work does. It never fails.</summary>
    Task WorkLeft { get; }
}
