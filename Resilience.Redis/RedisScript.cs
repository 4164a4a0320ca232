using System.Security.Cryptography;
using System.Text;
using StackExchange.Redis;

namespace Resilience.Redis;

/// <summary>A script of this assembly, which Redis runs by its hash. Safe for concurrent use.</summary>
internal sealed class RedisScript
{
    private readonly string _text;
    private readonly byte[] _hash;

    private RedisScript(string text)
    {
        _text = text;
#pragma warning disable CA5350 // What Redis knows scripts by; nothing is kept secret with it.
        _hash = SHA1.HashData(Encoding.UTF8.GetBytes(text));
#pragma warning restore CA5350
    }

    /// <summary>Reads a script.</summary>
    /// <param name="name">Its name among the assembly's resources.</param>
    /// <returns>The script.</returns>
    public static RedisScript Read(string name)
    {
        using var stream = typeof(RedisScript).Assembly.GetManifestResourceStream(name)!;
        using var reader = new StreamReader(stream);
        return new(reader.ReadToEnd());
    }

    /// <summary>Runs it on the master; where there is no connection, fails at once instead of waiting for one.</summary>
    /// <param name="redis">The connection, which may be shared.</param>
    /// <param name="keys">The keys, all in one slot.</param>
    /// <param name="values">The arguments.</param>
    /// <returns>Its answer.</returns>
    /// <exception cref="RedisException">There is no connection, or the script failed.</exception>
    public async Task<RedisResult> RunAsync(IConnectionMultiplexer redis, RedisKey[] keys, RedisValue[] values)
    {
        var database = redis.GetDatabase();
        if (!database.IsConnected(keys[0]))
        {
            throw new RedisConnectionException(ConnectionFailureType.UnableToConnect, CommandFlags.DemandMaster, "there is no connection");
        }

        // Redis forgets scripts when it starts anew, and when it is told to.
        try
        {
            return await database.ScriptEvaluateAsync(_hash, keys, values, CommandFlags.DemandMaster).ConfigureAwait(false);
        }
        catch (RedisServerException unknown) when (unknown.Message.StartsWith("NOSCRIPT", StringComparison.Ordinal))
        {
            return await database.ScriptEvaluateAsync(_text, keys, values, CommandFlags.DemandMaster).ConfigureAwait(false);
        }
    }
}
