using Resilience.CircuitBreakers;

namespace Resilience.Redis;

/// <summary>Says how far processes that found something broken are to be believed.</summary>
internal static class PeerQuorum
{
    /// <summary>Judges what others say.</summary>
    /// <param name="answer">What they say.</param>
    /// <param name="peers">How many are believed at least; 2 or more, so that one broken process never opens another's breaker.</param>
    /// <param name="ratio">Which share of those with an opinion is believed.</param>
    /// <returns>The verdict.</returns>
    public static PeerVerdict Judge(in PeerAnswer answer, int peers, double ratio)
    {
        if (answer.Bad == 0)
        {
            return PeerVerdict.None;
        }

        return answer.Bad >= peers && answer.Bad >= ratio * answer.Speaking ? PeerVerdict.Confirmed : PeerVerdict.Suspicious;
    }
}
