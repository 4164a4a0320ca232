using System.Collections.Concurrent;
using Resilience.Redis;

namespace Resilience.Benchmarks.Goals;

/// <summary>Where breakers of this process leave what they know for each other, without a server, or with one that is down.</summary>
internal sealed class SharedBoard : IPeerBoard
{
    private readonly ConcurrentDictionary<string, PeerReport> _reports = new(StringComparer.Ordinal);

    public bool IsDown { get; init; }

    public Task<IReadOnlyList<PeerAnswer>> ExchangeAsync(string node, TimeSpan holds, IReadOnlyList<PeerReport> reports)
    {
        if (IsDown)
        {
            throw new IOException("Redis is down.");
        }

        var report = _reports[node] = reports[0];
        var others = _reports.Where(other => other.Key != node).Select(static other => other.Value).ToList();
        return Task.FromResult<IReadOnlyList<PeerAnswer>>(
            [new(report.Turn == ProbeTurn.Take, others.Count, others.Count(static other => other.IsBad || other.Calls > 0), others.Count(static other => other.IsBad))]);
    }
}
