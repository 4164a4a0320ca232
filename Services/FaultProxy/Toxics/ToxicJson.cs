using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using FaultProxy.Proxies;

namespace FaultProxy.Toxics;

/// <summary>Toxics as Toxiproxy's clients write them.</summary>
internal static class ToxicJson
{
    /// <summary>Names as Toxiproxy has them, in any case; what isn't known is ignored, since clients of other versions send more.</summary>
    public static JsonSerializerOptions Options { get; } = new(JsonSerializerDefaults.General)
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        PropertyNameCaseInsensitive = true,
        NumberHandling = JsonNumberHandling.Strict,
        MaxDepth = 8,
    };

    private static readonly Dictionary<string, Type> _types = new(StringComparer.Ordinal)
    {
        ["latency"] = typeof(LatencyToxic),
        ["bandwidth"] = typeof(BandwidthToxic),
        ["slow_close"] = typeof(SlowCloseToxic),
        ["timeout"] = typeof(TimeoutToxic),
        ["reset_peer"] = typeof(ResetPeerToxic),
        ["slicer"] = typeof(SlicerToxic),
        ["limit_data"] = typeof(LimitDataToxic),
    };

    /// <summary>Reads a new toxic.</summary>
    /// <exception cref="ProxyException">It isn't one.</exception>
    public static Toxic Read(ToxicBody body)
    {
        var stream = body.Stream switch
        {
            null or "" => Toxic.Downstream,
            Toxic.Upstream or Toxic.Downstream => body.Stream,
            _ => throw ProxyException.BadStream(),
        };
        var type = _types.GetValueOrDefault(body.Type ?? "") ?? throw ProxyException.BadType();
        var name = string.IsNullOrEmpty(body.Name) ? $"{body.Type}_{stream}" : body.Name;
        return new(name, body.Type!, stream, Checked(body.Toxicity ?? 1), Behaviour(type, body.Attributes ?? []));
    }

    /// <summary>Changes what a client says of a toxic; what it leaves out stays.</summary>
    /// <exception cref="ProxyException">The toxic would not be one any more.</exception>
    public static Toxic Update(Toxic toxic, ToxicBody body)
    {
        var type = toxic.Behaviour.GetType();
        var attributes = JsonSerializer.SerializeToNode(toxic.Behaviour, type, Options)!.AsObject();
        foreach (var (name, value) in body.Attributes ?? [])
        {
            attributes[name] = value?.DeepClone();
        }

        return toxic with { Toxicity = Checked(body.Toxicity ?? toxic.Toxicity), Behaviour = Behaviour(type, attributes) };
    }

    private static double Checked(double toxicity) =>
        toxicity is >= 0 and <= 1 ? toxicity : throw ProxyException.BadBody($"toxicity is {toxicity}. It is a share, from 0 to 1.");

    private static ToxicBehaviour Behaviour(Type type, JsonObject attributes)
    {
        try
        {
            var behaviour = (ToxicBehaviour)attributes.Deserialize(type, Options)!;
            return behaviour.Problem() is { } problem ? throw ProxyException.BadBody(problem) : behaviour;
        }
        catch (JsonException unreadable)
        {
            throw ProxyException.BadBody(unreadable.Message);
        }
    }
}
