namespace Resilience.CircuitBreakers;

/// <summary>What peers say, and until when it holds.</summary>
/// <param name="Evidence">What they say.</param>
/// <param name="Until">In the clock's milliseconds.</param>
internal sealed record PeerStanding(PeerEvidence Evidence, long Until);
