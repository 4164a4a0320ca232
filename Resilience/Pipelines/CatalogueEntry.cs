using Resilience.CircuitBreakers;

namespace Resilience.Pipelines;

/// <summary>How to describe one strategy of a pipeline whenever somebody looks.</summary>
/// <param name="kind">Which pattern it is, such as <c>retry</c>.</param>
/// <param name="name">What its owner called it.</param>
/// <param name="options">What it is set to; asked at each look, since options may be reloaded.</param>
/// <param name="state">What it is like; null for what has no state.</param>
public sealed partial class CatalogueEntry(
    string kind, string name, Func<IReadOnlyDictionary<string, object?>> options, Func<IReadOnlyDictionary<string, object?>>? state = null)
{
    private static readonly Dictionary<string, object?> _nothing = [];

    /// <summary>Describes a circuit breaker.</summary>
    /// <param name="breaker">The breaker.</param>
    /// <returns>The entry.</returns>
    public static CatalogueEntry For(CircuitBreaker breaker)
    {
        ArgumentNullException.ThrowIfNull(breaker);

        return new(CircuitBreakerTelemetry.StrategyName, breaker.Name, () => breaker.Settings.Describe(), () => StateOf(breaker.Snapshot()));
    }

    /// <summary>Describes it now.</summary>
    /// <returns>The description.</returns>
    public StrategyDescription Describe() => new(kind, name, Read(options), state is null ? _nothing : Read(state));

    private static Dictionary<string, object?> StateOf(CircuitBreakerSnapshot snapshot) => new()
    {
        ["state"] = CircuitBreakerTelemetry.NameOf(snapshot.State),
        ["reason"] = CircuitBreakerTelemetry.NameOf(snapshot.Reason),
        ["epoch"] = snapshot.Epoch,
        ["inStateSeconds"] = snapshot.InState.TotalSeconds,
        ["breakRemainingSeconds"] = snapshot.BreakRemaining.TotalSeconds,
        ["admittedRatio"] = snapshot.AdmittedShare,
        ["consecutiveBreaks"] = snapshot.ConsecutiveBreaks,
        ["calls"] = snapshot.Calls,
        ["failures"] = snapshot.Failures,
        ["slowCalls"] = snapshot.SlowCalls,
        ["failureRatio"] = snapshot.FailureRatio,
        ["probesUnderWay"] = snapshot.ProbesUnderWay,
        ["refused"] = snapshot.Refused,
        ["late"] = snapshot.Late,
        ["peers"] = snapshot.Peers is { } peers ? StateOf(peers) : null,
    };

    private static Dictionary<string, object?> StateOf(PeerEvidence peers) => new()
    {
        ["verdict"] = CircuitBreakerTelemetry.NameOf(peers.Verdict),
        ["peers"] = peers.Peers,
        ["openPeers"] = peers.OpenPeers,
        ["mayProbe"] = peers.MayProbe,
    };

    // A page that shows twenty strategies must not fail because one of them can't say what it is like.
#pragma warning disable CA1031
    private IReadOnlyDictionary<string, object?> Read(Func<IReadOnlyDictionary<string, object?>> read)
    {
        try
        {
            return read();
        }
        catch (Exception exception)
        {
            Telemetry.CallbackErrors.Count(name, exception);
            return new Dictionary<string, object?> { ["error"] = exception.GetType().Name };
        }
    }
#pragma warning restore CA1031
}
