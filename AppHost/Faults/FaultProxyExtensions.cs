using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using EmbeddedStores;

namespace AppHost.Faults;

/// <summary>The fault proxy between the parts of the shop: slow, narrow or dead edges, by a command or through Toxiproxy's HTTP API.</summary>
internal static class FaultProxyExtensions
{
    private static readonly TimeSpan _answerWithin = TimeSpan.FromSeconds(5);

    // In Toxiproxy's words, with what a person sees at once; its API takes any other amount.
    private static readonly EdgeFault[] _faults =
    [
        new("latency", "Slow edge", "ClockAlarm", "Everything on the edge comes 1 s later.", new { latency = 1000, jitter = 100 }),
        new("bandwidth", "Narrow edge", "ArrowMinimize", "The edge carries 1 KB a second.", new { rate = 1 }),
        new("timeout", "Black hole", "DarkTheme", "The edge takes what is sent, and nothing arrives.", new { timeout = 0 }),
        new("reset_peer", "Reset edge", "PlugDisconnected", "Each connection on the edge is reset as soon as an answer comes.", new { timeout = 0 }),
        new("limit_data", "Cut answers short", "Cut", "Each connection on the edge ends after 100 bytes of answers.", new { bytes = 100 }),
        new("slicer", "One-byte packets", "TableCellsSplit", "Answers on the edge come byte by byte.", new { average_size = 1, delay = 1000 }),
        new("slow_close", "Slow close", "DoorArrowRight", "The end of each connection on the edge comes 5 s later.", new { delay = 5000 }),
    ];

    /// <summary>Leads the shop's edges through a proxy that makes them slow, narrow or dead: with <c>--Faults:Proxy=true</c>, and not in publish mode.</summary>
    /// <typeparam name="TProject">The proxy's project.</typeparam>
    /// <param name="builder">The AppHost's builder.</param>
    /// <param name="ordersDb">The database of orders.</param>
    /// <param name="inventoryDb">The database of inventory.</param>
    /// <param name="cache">The cache.</param>
    /// <param name="inventory">The service that orders calls.</param>
    /// <param name="orders">The service that the gateway calls.</param>
    /// <param name="gateway">The gateway.</param>
    public static void AddFaultProxy<TProject>(
        this IDistributedApplicationBuilder builder,
        IResourceBuilder<PostgresDatabaseResource> ordersDb,
        IResourceBuilder<PostgresDatabaseResource> inventoryDb,
        IResourceBuilder<RedisResource> cache,
        IResourceBuilder<ProjectResource> inventory,
        IResourceBuilder<ProjectResource> orders,
        IResourceBuilder<ProjectResource> gateway)
        where TProject : IProjectMetadata, new()
    {
        if (builder.ExecutionContext.IsPublishMode || !string.Equals(builder.Configuration["Faults:Proxy"], "true", StringComparison.OrdinalIgnoreCase))
        {
            return;
        }

        var proxy = builder.AddProject<TProject>("faultproxy").RunBuilt()
            .WithIconName("PlugDisconnected").WithPrivatePort().WithServiceHealthCheck()
            .WithUrlForEndpoint("http", static url => url.DisplayLocation = UrlDisplayLocation.DetailsOnly)
            .WithUrlForEndpoint("http", static _ => new() { Url = "/proxies", DisplayText = "Edges" })
            .WithReference(ordersDb).WithReference(inventoryDb).WithReference(cache).WithReference(inventory).WithReference(orders);
#pragma warning disable ASPIRECERTIFICATES001 // For evaluation only in 13.6: see ServiceExtensions.
        proxy.WithoutHttpsCertificate();
#pragma warning restore ASPIRECERTIFICATES001
        Lead(inventory, inventoryDb.Resource.Name, cache.Resource.Name);
        Lead(orders, ordersDb.Resource.Name, inventory.Resource.Name);
        Lead(gateway, orders.Resource.Name);
        proxy.WithEdgeCommands([ordersDb.Resource.Name, inventoryDb.Resource.Name, cache.Resource.Name, inventory.Resource.Name, orders.Resource.Name]);

        void Lead(IResourceBuilder<ProjectResource> client, params string[] edges)
        {
            client.WaitFor(proxy);
            foreach (var edge in edges)
            {
                // No proxy of Aspire's in front: an edge that is down refuses connections. So the port is chosen here.
                proxy.WithHttpEndpoint(LoopbackPorts.Reserve(), name: edge, env: $"Edges__{edge}", isProxied: false)
                    .WithUrlForEndpoint(edge, url => (url.DisplayText, url.DisplayLocation) = ($"Edge to {edge}", UrlDisplayLocation.DetailsOnly)); // most don't speak HTTP
                client.WithEnvironment($"Via__{edge}", proxy.GetEndpoint(edge));
            }
        }
    }

    private static void WithEdgeCommands(this IResourceBuilder<ProjectResource> proxy, string[] edges)
    {
        foreach (var fault in _faults)
        {
            proxy.WithCommand(
                fault.Type.Replace('_', '-'),
                fault.DisplayName,
                context => SendAsync(proxy, context, $"/proxies/{EdgeOf(context)}/toxics", new { type = fault.Type, stream = "downstream", attributes = fault.Attributes }, fault.DisplayName),
                Options(fault.Icon, fault.Description, edges));
        }

        proxy.WithCommand(
            "down", "Edge down", context => SendAsync(proxy, context, $"/proxies/{EdgeOf(context)}", new { enabled = false }, "Down"), Options("ErrorCircle", "The edge refuses connections, and closes those that there are.", edges));
        proxy.WithCommand("heal", "Heal", context => SendAsync(proxy, context, "/reset", new { }, "Healed"), Options("HeartPulse", "Ends every fault on every edge.", edges: []));
    }

    private static string EdgeOf(ExecuteCommandContext context) => context.Arguments["edge"].Value!;

    private static CommandOptions Options(string icon, string description, string[] edges) => new()
    {
        IconName = icon,
        Description = description,
        Arguments = edges.Length == 0 ? [] :
        [
            new InteractionInput
            {
                Name = "edge", Label = "Edge", InputType = InputType.Choice, Required = true, Options = [.. edges.Select(static edge => new KeyValuePair<string, string>(edge, edge))],
            },
        ],
        UpdateState = static context => context.ResourceSnapshot.State?.Text == KnownResourceStates.Running ? ResourceCommandState.Enabled : ResourceCommandState.Disabled,
    };

    private static async Task<ExecuteCommandResult> SendAsync(IResourceBuilder<ProjectResource> proxy, ExecuteCommandContext context, string path, object body, string what)
    {
        using var http = new HttpClient { BaseAddress = new(proxy.GetEndpoint("http").Url), Timeout = _answerWithin };
        try
        {
            using var reply = await http.PostAsJsonAsync(path, body, JsonSerializerOptions.Web, context.CancellationToken);
            return reply.IsSuccessStatusCode ? CommandResults.Success($"{what}: done. 'Heal' ends it.")
                : reply.StatusCode == HttpStatusCode.Conflict ? CommandResults.Success($"{what}: it was so already. 'Heal' ends it.")
                : CommandResults.Failure($"The fault proxy answered {(int)reply.StatusCode}: {await reply.Content.ReadAsStringAsync(context.CancellationToken)}");
        }
        catch (Exception unanswered) when (unanswered is HttpRequestException or TaskCanceledException && !context.CancellationToken.IsCancellationRequested)
        {
            return CommandResults.Failure($"The fault proxy didn't answer ({unanswered.Message}). Look at its log.");
        }
    }

    private sealed record EdgeFault(string Type, string DisplayName, string Icon, string Description, object Attributes);
}
