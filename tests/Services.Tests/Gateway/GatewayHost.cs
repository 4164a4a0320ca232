using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Gateway.Limits;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Services.Tests.Gateway;

/// <summary>The real gateway on a real Kestrel, before two orders and one inventory that answer as they are told.</summary>
internal sealed class GatewayHost : IAsyncDisposable
{
    private readonly Factory _factory;

    private GatewayHost(Factory factory, Upstream inventory, Upstream orders0, Upstream orders1)
    {
        _factory = factory;
        (Inventory, Orders) = (inventory, [orders0, orders1]);
        Client = factory.CreateClient();
    }

    public HttpClient Client { get; }

    public Upstream Inventory { get; }

    public IReadOnlyList<Upstream> Orders { get; }

    public IServiceProvider Services => _factory.Services;

    public static CancellationToken Token => TestContext.Current.CancellationToken;

    public static Task<GatewayHost> StartAsync(params (string Key, string Value)[] settings) => StartAsync(configure: null, settings);

    public static async Task<GatewayHost> StartAsync(Action<IServiceCollection>? configure, params (string Key, string Value)[] settings)
    {
        var upstreams = new[] { await Upstream.StartAsync("inventory"), await Upstream.StartAsync("orders-0"), await Upstream.StartAsync("orders-1") };
        var factory = new Factory(
            [
                ("ServiceDefaults:WarmUp", "false"), // or upstreams would see requests that no test has made
                ("services:inventory:http:0", upstreams[0].Address),
                ("services:orders:http:0", upstreams[1].Address),
                ("services:orders:http:1", upstreams[2].Address),
                .. settings,
            ],
            configure);
        factory.UseKestrel(port: 0);
        factory.StartServer();
        return new(factory, upstreams[0], upstreams[1], upstreams[2]);
    }

    public static async Task<JsonElement> ReadAsync(HttpResponseMessage reply)
    {
        using var json = JsonDocument.Parse(await reply.Content.ReadAsStringAsync(Token));
        return json.RootElement.Clone();
    }

    public Task<HttpResponseMessage> GetAsync(string path, params (string Name, string Value)[] headers) => SendAsync(HttpMethod.Get, path, null, headers);

    public async Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, string? body, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, path);
        request.Content = body is null ? null : new StringContent(body, Encoding.UTF8, "application/json");
        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        return await Client.SendAsync(request, Token);
    }

    /// <summary>Sends bytes as they are, and gives the status of the answer; 0 when the connection was closed without one.</summary>
    public async Task<int> SendRawAsync(string text)
    {
        using var socket = new TcpClient();
        await socket.ConnectAsync(IPAddress.Loopback, Client.BaseAddress!.Port, Token);
        var stream = socket.GetStream();
        try
        {
            await stream.WriteAsync(Encoding.Latin1.GetBytes(text), Token);
            using var reader = new StreamReader(stream, Encoding.Latin1);
            var line = await reader.ReadLineAsync(Token);
            return line is null ? 0 : int.Parse(line.Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture);
        }
        catch (IOException)
        {
            return 0;
        }
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _factory.DisposeAsync();
        foreach (var upstream in (Upstream[])[Inventory, .. Orders])
        {
            await upstream.DisposeAsync();
        }
    }

    private sealed class Factory(IReadOnlyList<(string Key, string Value)> settings, Action<IServiceCollection>? configure) : WebApplicationFactory<LimitOptions>
    {
        protected override void ConfigureWebHost(IWebHostBuilder builder)
        {
            builder.UseEnvironment(Environments.Development);
            builder.ConfigureLogging(static logs => logs.ClearProviders());
            foreach (var (key, value) in settings)
            {
                builder.UseSetting(key, value);
            }

            builder.ConfigureTestServices(services => configure?.Invoke(services));
        }
    }
}

/// <summary>A service behind the gateway, told what to answer.</summary>
internal sealed class Upstream : IAsyncDisposable
{
    private readonly WebApplication _app;

    private Upstream(WebApplication app)
    {
        _app = app;
        app.Run(async context =>
        {
            if (context.Request.Path == "/startup")
            {
                context.Response.StatusCode = IsStarted ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
                return; // the gateway's own question
            }

            Requests.Enqueue(new(
                context.Request.Method,
                context.Request.Path + context.Request.QueryString,
                context.Request.Headers.ToDictionary(static header => header.Key, static header => header.Value.ToString(), StringComparer.OrdinalIgnoreCase)));
            await Answer(context);
        });
    }

    public sealed record Request(string Method, string Target, IReadOnlyDictionary<string, string> Headers);

    public string Address => _app.Urls.First();

    public ConcurrentQueue<Request> Requests { get; } = new();

    /// <summary>Gets or sets what it says of its start.</summary>
    public bool IsStarted { get; set; } = true;

    public RequestDelegate Answer { get; set; } = static context => context.Response.WriteAsync("{}", context.RequestAborted);

    public static async Task<Upstream> StartAsync(string name)
    {
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { ApplicationName = name });
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        var upstream = new Upstream(builder.Build());
        await upstream._app.StartAsync(TestContext.Current.CancellationToken);
        return upstream;
    }

    /// <summary>Ends the service; its port refuses from then on.</summary>
    public async Task StopAsync()
    {
        using var now = new CancellationTokenSource(TimeSpan.FromMilliseconds(200));
        await _app.StopAsync(now.Token);
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();
}
