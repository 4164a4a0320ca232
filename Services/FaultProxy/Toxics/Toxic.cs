using System.Text.Json.Serialization;

namespace FaultProxy.Toxics;

/// <summary>A toxic of a proxy. It is never changed: an update puts another one in its place.</summary>
/// <param name="Name">Its name, which no other toxic of the proxy has.</param>
/// <param name="Type">What it does, as Toxiproxy calls it.</param>
/// <param name="Stream">Which way: <c>upstream</c>, from the client on, or <c>downstream</c>, back to it.</param>
/// <param name="Toxicity">The share of connections that it takes hold of, from 0 to 1.</param>
/// <param name="Behaviour">What it does, with its attributes.</param>
internal sealed record Toxic(string Name, string Type, string Stream, double Toxicity, [property: JsonIgnore] ToxicBehaviour Behaviour)
{
    /// <summary>From the client to the server.</summary>
    public const string Upstream = "upstream";

    /// <summary>From the server to the client.</summary>
    public const string Downstream = "downstream";

    /// <summary>Gets the attributes as JSON writes them: those of the behaviour's own type.</summary>
    public object Attributes => Behaviour;
}
