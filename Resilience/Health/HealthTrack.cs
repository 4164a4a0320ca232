using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Resilience.Health;

/// <summary>What results in a row say of a component: one swallow doesn't make a summer, and one lost packet no outage.</summary>
/// <remarks>Not safe for concurrent use.</remarks>
/// <param name="rise">How many better results make it better.</param>
/// <param name="fall">How many worse results make it worse.</param>
internal sealed class HealthTrack(int rise, int fall)
{
    private bool _wasHealthy;
    private int _streak; // above 0 better ones in a row, below 0 worse ones

    /// <summary>Gets what it is said to be; null before the first result.</summary>
    public HealthStatus? Status { get; private set; }

    /// <summary>Gets a value indicating whether the last result was another than what it is said to be.</summary>
    public bool IsInDoubt => _streak != 0;

    /// <summary>Gets a value indicating whether the next result is waited for: one that would tell a change, or that it is ready at last.</summary>
    public bool IsUrgent => IsInDoubt || !_wasHealthy;

    /// <summary>Takes a result.</summary>
    /// <param name="result">The result.</param>
    /// <returns>Whether the component is now said to be something else.</returns>
    public bool Observe(HealthStatus result)
    {
        if (result != Status && !IsEnough(result))
        {
            return false;
        }

        var changed = result != Status;
        (Status, _streak) = (result, 0);
        _wasHealthy |= result is HealthStatus.Healthy;
        return changed;
    }

    private bool IsEnough(HealthStatus result)
    {
        if (Status is not { } status)
        {
            return true;
        }

        var isWorse = result < status;
        _streak = isWorse ? Math.Min(_streak, 0) - 1 : Math.Max(_streak, 0) + 1;
        return Math.Abs(_streak) >= (isWorse ? fall : _wasHealthy ? rise : 1);
    }
}
