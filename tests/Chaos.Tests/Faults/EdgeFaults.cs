using System.Net.Http.Json;
using Xunit;

namespace Chaos.Tests.Faults;

/// <summary>What a test tells the fault proxy.</summary>
internal static class EdgeFaults
{
    private static readonly string[] _bothWays = ["upstream", "downstream"];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Begins a fault.</summary>
    /// <param name="faults">The proxy.</param>
    /// <param name="edge">Where.</param>
    /// <param name="type">What, in Toxiproxy's words.</param>
    /// <param name="attributes">How much of it.</param>
    /// <param name="stream">Which way.</param>
    /// <returns>When it has begun.</returns>
    public static async Task AddFaultAsync(this HttpClient faults, string edge, string type, object attributes, string stream = "downstream")
    {
        using var reply = await faults.PostAsJsonAsync($"/proxies/{edge}/toxics", new { type, stream, attributes }, Token);
        reply.EnsureSuccessStatusCode();
    }

    /// <summary>Begins a fault in both directions.</summary>
    /// <param name="faults">The proxy.</param>
    /// <param name="edge">Where.</param>
    /// <param name="type">What, in Toxiproxy's words.</param>
    /// <param name="attributes">How much of it.</param>
    /// <returns>When it has begun.</returns>
    public static async Task AddFaultBothWaysAsync(this HttpClient faults, string edge, string type, object attributes)
    {
        foreach (var stream in _bothWays)
        {
            await faults.AddFaultAsync(edge, type, attributes, stream);
        }
    }

    /// <summary>Takes an edge down, or up again: down, connections are refused, and those that there were are closed.</summary>
    /// <param name="faults">The proxy.</param>
    /// <param name="edge">Which.</param>
    /// <param name="enabled">Whether it is up from now on.</param>
    /// <returns>When it is.</returns>
    public static async Task EnableAsync(this HttpClient faults, string edge, bool enabled)
    {
        using var reply = await faults.PatchAsJsonAsync($"/proxies/{edge}", new { enabled }, Token);
        reply.EnsureSuccessStatusCode();
    }

    /// <summary>Ends all faults.</summary>
    /// <param name="faults">The proxy.</param>
    /// <returns>When there are none.</returns>
    public static async Task ResetFaultsAsync(this HttpClient faults)
    {
        using var reply = await faults.PostAsync("/reset", content: null, Token);
        reply.EnsureSuccessStatusCode();
    }
}
