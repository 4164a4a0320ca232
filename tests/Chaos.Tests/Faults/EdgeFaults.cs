using System.Net.Http.Json;
using Xunit;

namespace Chaos.Tests.Faults;

/// <summary>What a test tells the fault proxy.</summary>
internal static class EdgeFaults
{
    /// <summary>Begins a fault.</summary>
    /// <param name="faults">The proxy.</param>
    /// <param name="edge">Where.</param>
    /// <param name="type">What, in Toxiproxy's words.</param>
    /// <param name="attributes">How much of it.</param>
    /// <param name="stream">Which way.</param>
    /// <returns>When it has begun.</returns>
    public static async Task AddFaultAsync(this HttpClient faults, string edge, string type, object attributes, string stream = "downstream")
    {
        using var reply = await faults.PostAsJsonAsync($"/proxies/{edge}/toxics", new { type, stream, attributes }, TestContext.Current.CancellationToken);
        reply.EnsureSuccessStatusCode();
    }

    /// <summary>Ends all faults.</summary>
    /// <param name="faults">The proxy.</param>
    /// <returns>When there are none.</returns>
    public static async Task ResetFaultsAsync(this HttpClient faults)
    {
        using var reply = await faults.PostAsync("/reset", content: null, TestContext.Current.CancellationToken);
        reply.EnsureSuccessStatusCode();
    }
}
