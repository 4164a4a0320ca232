namespace Resilience.CircuitBreakers;

/// <summary>What other processes say together of what a circuit breaker guards.</summary>
public enum PeerVerdict
{
    /// <summary>Nothing is known to be wrong.</summary>
    None,

    /// <summary>Some found it broken, too few to be believed: it may be they who are broken. The breaker needs half as much evidence of its own to open.</summary>
    Suspicious,

    /// <summary>Enough found it broken: the breaker opens for a while, unless its own calls say otherwise.</summary>
    Confirmed,
}
