using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using StackExchange.Redis;

namespace Resilience.Redis;

/// <summary>A board in Redis: a hash for each circuit and a key for the turn to probe, in one slot of a cluster, gone by themselves when nobody uses them.</summary>
/// <param name="redis">The connection, which may be shared.</param>
internal sealed class RedisPeerBoard(IConnectionMultiplexer redis) : IPeerBoard
{
    private const string Prefix = "{resilience}:";
    private const int MostNodes = 256; // of one circuit; more say nothing, and hear the others

    private static readonly string _script = ReadScript();

#pragma warning disable CA5350 // What Redis knows scripts by; nothing is kept secret with it.
    private static readonly byte[] _hash = SHA1.HashData(Encoding.UTF8.GetBytes(_script));
#pragma warning restore CA5350

    public async Task<IReadOnlyList<PeerAnswer>> ExchangeAsync(string node, TimeSpan holds, IReadOnlyList<PeerReport> reports)
    {
        var database = redis.GetDatabase();
        if (!database.IsConnected(Prefix))
        {
            throw new RedisConnectionException(ConnectionFailureType.UnableToConnect, CommandFlags.DemandMaster, "there is no connection");
        }

        var (keys, values) = (KeysOf(reports), ValuesOf(node, holds, reports));
        var numbers = (long[])(await EvaluateAsync(database, keys, values).ConfigureAwait(false))!;
        return [.. numbers.Chunk(4).Select(static four => new PeerAnswer(four[0] == 1, (int)four[1], (int)four[2], (int)four[3]))];
    }

    // Redis forgets scripts when it starts anew, and when it is told to.
    private static async Task<RedisResult> EvaluateAsync(IDatabase database, RedisKey[] keys, RedisValue[] values)
    {
        try
        {
            return await database.ScriptEvaluateAsync(_hash, keys, values, CommandFlags.DemandMaster).ConfigureAwait(false);
        }
        catch (RedisServerException unknown) when (unknown.Message.StartsWith("NOSCRIPT", StringComparison.Ordinal))
        {
            return await database.ScriptEvaluateAsync(_script, keys, values, CommandFlags.DemandMaster).ConfigureAwait(false);
        }
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

    private static string ReadScript()
    {
        using var stream = typeof(RedisPeerBoard).Assembly.GetManifestResourceStream("Exchange.lua")!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
