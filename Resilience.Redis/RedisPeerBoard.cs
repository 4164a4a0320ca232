using System.Globalization;
using StackExchange.Redis;

namespace Resilience.Redis;

/// <summary>A board in Redis: a hash for each circuit and a key for the turn to probe, in one slot of a cluster, gone by themselves when nobody uses them.</summary>
/// <param name="redis">The connection, which may be shared.</param>
internal sealed class RedisPeerBoard(IConnectionMultiplexer redis) : IPeerBoard
{
    private const string Prefix = "{resilience}:";
    private const int MostNodes = 256; // of one circuit; more say nothing, and hear the others

    private static readonly RedisScript _script = RedisScript.Read("Exchange.lua");

    public async Task<IReadOnlyList<PeerAnswer>> ExchangeAsync(string node, TimeSpan holds, IReadOnlyList<PeerReport> reports)
    {
        var numbers = (long[])(await _script.RunAsync(redis, KeysOf(reports), ValuesOf(node, holds, reports)).ConfigureAwait(false))!;
        return [.. numbers.Chunk(4).Select(static four => new PeerAnswer(four[0] == 1, (int)four[1], (int)four[2], (int)four[3]))];
    }

    private static RedisKey[] KeysOf(IReadOnlyList<PeerReport> reports) =>
        [.. reports.SelectMany(static report => new RedisKey[] { $"{Prefix}peers:{report.Circuit}", $"{Prefix}turn:{report.Circuit}" })];

    private static RedisValue[] ValuesOf(string node, TimeSpan holds, IReadOnlyList<PeerReport> reports) =>
    [
        node, (long)holds.TotalMilliseconds, MostNodes,
        .. reports.SelectMany(static report => new RedisValue[] { report.IsLeaving ? "" : Write(report), Write(report.Turn) }),
    ];

    private static string Write(in PeerReport report) => string.Create(
        CultureInfo.InvariantCulture, $"{(report.IsBad ? 1 : 0)} {report.Calls} {report.Failures} {report.State} {report.Epoch}");

    private static string Write(ProbeTurn turn) => turn switch
    {
        ProbeTurn.Take => "take",
        ProbeTurn.Give => "give",
        _ => "",
    };
}
