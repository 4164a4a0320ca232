using System.Net;
using System.Net.Http.Json;
using System.Text.Json;

namespace Lab.Running;

/// <summary>Tells the fault proxy what to do with an edge of the shop, in Toxiproxy's words.</summary>
public static class EdgeFaults
{
    private static readonly string[] _bothWays = ["upstream", "downstream"];

    /// <summary>Begins a fault.</summary>
    /// <param name="shop">The shop.</param>
    /// <param name="edge">The edge, named for the service or store that it leads to.</param>
    /// <param name="type">The kind of toxic.</param>
    /// <param name="attributes">The toxic's settings.</param>
    /// <param name="stream">The direction.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>When it has begun.</returns>
    public static async Task AddFaultAsync(this IShop shop, string edge, string type, object attributes, string stream, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(shop);
        using var reply = await shop.FaultProxy.PostAsJsonAsync($"/proxies/{edge}/toxics", new { type, stream, attributes }, cancellationToken);
        reply.EnsureSuccessStatusCode();
    }

    /// <summary>Begins a fault in both directions.</summary>
    /// <param name="shop">The shop.</param>
    /// <param name="edge">The edge.</param>
    /// <param name="type">The kind of toxic.</param>
    /// <param name="attributes">The toxic's settings.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>When it has begun.</returns>
    public static async Task AddFaultBothWaysAsync(this IShop shop, string edge, string type, object attributes, CancellationToken cancellationToken)
    {
        foreach (var stream in _bothWays)
        {
            await shop.AddFaultAsync(edge, type, attributes, stream, cancellationToken);
        }
    }

    /// <summary>Takes an edge down, or up again: down, connections are refused, and open ones are closed.</summary>
    /// <param name="shop">The shop.</param>
    /// <param name="edge">The edge.</param>
    /// <param name="enabled">Whether it is up from now on.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>When it is.</returns>
    public static async Task EnableEdgeAsync(this IShop shop, string edge, bool enabled, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(shop);
        using var reply = await shop.FaultProxy.PatchAsJsonAsync($"/proxies/{edge}", new { enabled }, cancellationToken);
        reply.EnsureSuccessStatusCode();
    }

    /// <summary>Ends all faults on all edges.</summary>
    /// <param name="shop">The shop.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>When there are none.</returns>
    public static async Task ResetEdgesAsync(this IShop shop, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(shop);
        using var reply = await shop.FaultProxy.PostAsync(new Uri("/reset", UriKind.Relative), content: null, cancellationToken);
        reply.EnsureSuccessStatusCode();
    }

    /// <summary>Gets the ports that the edges begin at.</summary>
    /// <param name="shop">The shop.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The ports.</returns>
    public static async Task<IReadOnlySet<int>> EdgePortsAsync(this IShop shop, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(shop);
        var proxies = await shop.FaultProxy.GetFromJsonAsync<JsonElement>("/proxies", cancellationToken);
        return proxies.EnumerateObject().Select(static proxy => IPEndPoint.Parse(proxy.Value.GetProperty("listen").GetString()!).Port).ToHashSet();
    }
}
