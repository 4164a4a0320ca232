namespace Resilience.Redis;

/// <summary>What an exchange was like at one moment.</summary>
public sealed record PeerExchangeSnapshot
{
    /// <summary>Gets what the process is called among its peers.</summary>
    public required string Node { get; init; }

    /// <summary>Gets whether what peers say is heard at the moment; else every breaker decides alone.</summary>
    public required bool IsExchanging { get; init; }

    /// <summary>Gets how long ago the last exchange was that worked; null before the first.</summary>
    public required TimeSpan? Age { get; init; }

    /// <summary>Gets how many circuits take part.</summary>
    public required int Circuits { get; init; }

    /// <summary>Gets how many were left out because there were too many.</summary>
    public required long LeftOut { get; init; }

    /// <summary>Gets how many exchanges worked.</summary>
    public required long Exchanges { get; init; }

    /// <summary>Gets how many didn't.</summary>
    public required long Failures { get; init; }
}
