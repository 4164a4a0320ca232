using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using FaultProxy.Proxies;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Xunit;

namespace FaultProxy.Tests;

/// <summary>A fault proxy with one proxy, called "edge", before an echo server.</summary>
internal sealed class RunningProxy : IAsyncDisposable
{
    private readonly WebApplication _app;

    private RunningProxy(WebApplication app, EchoServer server)
    {
        (_app, Server) = (app, server);
        Admin = new() { BaseAddress = new(app.Urls.Single()) };
    }

    /// <summary>Gets the client of its API.</summary>
    public HttpClient Admin { get; }

    public EchoServer Server { get; }

    /// <summary>Gets where the proxy "edge" listens.</summary>
    public (string Host, int Port) Edge { get; private set; }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static async Task<RunningProxy> StartAsync(EchoServer? server = null, int? seed = null)
    {
        var builder = WebApplication.CreateBuilder(seed is { } given ? [$"--FaultProxy:Seed={given}"] : []);
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        builder.AddFaultProxy();
        var app = builder.Build();
        app.MapFaultProxy();
        await app.StartAsync(Token);

        var running = new RunningProxy(app, server ?? new EchoServer());
        var edge = await running.SendAsync(HttpMethod.Post, "/proxies", new { name = "edge", listen = "127.0.0.1:0", upstream = running.Server.Address });
        var listen = edge["listen"]!.GetValue<string>().Split(':');
        running.Edge = (listen[0], int.Parse(listen[1], System.Globalization.CultureInfo.InvariantCulture));
        return running;
    }

    /// <summary>Connects through the proxy.</summary>
    public async Task<Socket> ConnectAsync()
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(Edge.Host, Edge.Port, Token);
        return socket;
    }

    /// <summary>Connects through the proxy and waits for the error that ends the connection, which may come before connecting is over.</summary>
    public async Task<SocketError> ConnectAndFailAsync()
    {
        try
        {
            using var client = await ConnectAsync();
            return await client.ErrorAsync();
        }
        catch (SocketException early)
        {
            return early.SocketErrorCode;
        }
    }

    /// <summary>Calls the API, and wants it to succeed.</summary>
    public async Task<JsonNode> SendAsync(HttpMethod method, string path, object? body = null)
    {
        var (status, answer) = await CallAsync(method, path, body);
        Assert.InRange(status, 200, 299);
        return answer ?? new JsonObject();
    }

    /// <summary>Calls the API.</summary>
    public async Task<(int Status, JsonNode? Answer)> CallAsync(HttpMethod method, string path, object? body = null)
    {
        using var request = new HttpRequestMessage(method, path) { Content = body is null ? null : body as HttpContent ?? JsonContent.Create(body) };
        using var reply = await Admin.SendAsync(request, Token);
        var text = await reply.Content.ReadAsStringAsync(Token);
        return ((int)reply.StatusCode, text.StartsWith('{') || text.StartsWith('[') ? JsonNode.Parse(text) : null);
    }

    public Task<JsonNode> AddAsync(string type, object attributes, string stream = "downstream", double toxicity = 1) =>
        SendAsync(HttpMethod.Post, "/proxies/edge/toxics", new { type, stream, toxicity, attributes });

    public Task<JsonNode> RemoveAsync(string name) => SendAsync(HttpMethod.Delete, $"/proxies/edge/toxics/{name}");

    /// <summary>Gets how many connections the proxy "edge" carries.</summary>
    public async Task<int> ConnectionsAsync() => await _app.Services.GetRequiredService<ProxyTable>().ConnectionsAsync("edge", Token);

    public async ValueTask DisposeAsync()
    {
        Admin.Dispose();
        await _app.DisposeAsync();
        await Server.DisposeAsync();
    }
}
