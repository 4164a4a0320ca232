using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace ServiceDefaults.Tests.Faults;

/// <summary>A service that may be broken on purpose.</summary>
internal static class FaultService
{
    public const string Token = "break-it-on-purpose";

    public static Task<TestService> StartAsync(
        string environment = "Development", bool enabled = true, string? token = Token, string? remote = null, Action<WebApplicationBuilder>? configure = null, params (string Key, string Value)[] settings) => TestService.StartAsync(
        static app =>
        {
            app.MapGet("/look", static () => Results.Text(new string('x', 400)));
            app.MapGet("/fail", static () => Results.StatusCode(500));
            app.MapGet("/ask/{port:int}", static async (int port, IHttpClientFactory clients, CancellationToken cancellationToken) =>
            {
                using var answer = await clients.CreateClient("neighbour").GetAsync(new Uri($"http://127.0.0.1:{port}/look"), cancellationToken);
                return (int)answer.StatusCode;
            });
        },
        builder =>
        {
            if (remote is not null)
            {
                builder.Services.AddSingleton<IStartupFilter>(new From(IPAddress.Parse(remote)));
            }

            configure?.Invoke(builder);
        },
        environment,
        [
            ("ServiceDefaults:Faults:Enabled", enabled.ToString()),
            .. token is null ? ((string, string)[])[] : [("ServiceDefaults:Faults:Token", token)],
            .. settings,
        ]);

    public static async Task<HttpResponseMessage> SendAsync(
        this TestService service, HttpMethod method, string path, object? body = null, string? token = Token, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, new Uri(path, UriKind.Relative)) { Content = body is null ? null : JsonContent.Create(body) };
        request.Headers.Authorization = token is null ? null : new AuthenticationHeaderValue("Bearer", token);
        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        return await service.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestService.Token);
    }

    // As if the connection came from there.
    private sealed class From(IPAddress address) : IStartupFilter
    {
        public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
        {
            app.Use(next => context =>
            {
                context.Connection.RemoteIpAddress = address;
                return next(context);
            });
            next(app);
        };
    }
}
