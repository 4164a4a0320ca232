namespace Resilience.Redis;

/// <summary>Where processes leave what they know for each other.</summary>
internal interface IPeerBoard
{
    /// <summary>Tells and asks in one step.</summary>
    /// <param name="node">Who tells.</param>
    /// <param name="holds">For how long it holds.</param>
    /// <param name="reports">What it tells.</param>
    /// <returns>An answer for each report.</returns>
    Task<IReadOnlyList<PeerAnswer>> ExchangeAsync(string node, TimeSpan holds, IReadOnlyList<PeerReport> reports);
}
