namespace Resilience.CircuitBreakers;

/// <summary>What other processes that call the same thing know of it, to be handed to <see cref="CircuitBreaker.Heed"/> again and again while it holds.</summary>
public sealed record PeerEvidence
{
    /// <summary>Gets what they say together.</summary>
    public PeerVerdict Verdict { get; init; }

    /// <summary>Gets how long this holds unless it is renewed; after that the breaker is on its own again, and needs no leave to probe.</summary>
    public required TimeSpan TimeToLive { get; init; }

    /// <summary>Gets whether the breaker may send probes while it is half-open; false while it is another process's turn to find out.</summary>
    public bool MayProbe { get; init; } = true;

    /// <summary>Gets how many other processes are there, to be shown.</summary>
    public int Peers { get; init; }

    /// <summary>Gets how many of them found it broken, to be shown.</summary>
    public int OpenPeers { get; init; }
}
