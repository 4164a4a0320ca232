using System.Text.Json.Nodes;

namespace FaultProxy.Toxics;

/// <summary>A toxic as a client describes it; what it leaves out is null.</summary>
internal sealed record ToxicBody(string? Name = null, string? Type = null, string? Stream = null, double? Toxicity = null, JsonObject? Attributes = null);
