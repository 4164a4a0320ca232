namespace Resilience.ConnectionPools;

/// <summary>What becomes of a connection that was given back.</summary>
public enum ReturnAction
{
    /// <summary>It can be used again as it is.</summary>
    Keep,

    /// <summary>It can be used again after <see cref="ConnectionFactory{T}.ResetAsync"/>, which runs in the background.</summary>
    Reset,

    /// <summary>It can't be used again.</summary>
    Discard,
}
