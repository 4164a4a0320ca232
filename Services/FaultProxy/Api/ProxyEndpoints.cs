using System.Text.Json;
using FaultProxy.Proxies;
using FaultProxy.Toxics;

namespace FaultProxy.Api;

/// <summary>Toxiproxy's HTTP API (2.9).</summary>
internal static class ProxyEndpoints
{
    private const string Version = "2.9.0"; // of the API that is spoken here: clients look at it
    private static readonly string[] _update = [HttpMethods.Post, HttpMethods.Patch];

    public static void MapProxies(this WebApplication app)
    {
        app.MapGet("/version", static () => Results.Json(new { version = Version }));
        app.MapPost("/reset", static async (ProxyTable proxies, CancellationToken cancellationToken) =>
        {
            await proxies.ResetAsync(cancellationToken);
            return Results.NoContent();
        });
        app.MapPost("/populate", static async (HttpRequest request, ProxyTable proxies, CancellationToken cancellationToken) =>
            Json(new { proxies = await proxies.PopulateAsync(await ReadAsync<List<ProxyBody>>(request), cancellationToken) }, StatusCodes.Status201Created));

        app.MapGet("/proxies", static async (ProxyTable proxies, CancellationToken cancellationToken) =>
            Json((await proxies.AllAsync(cancellationToken)).ToDictionary(static proxy => proxy.Name, StringComparer.Ordinal)));
        app.MapPost("/proxies", static async (HttpRequest request, ProxyTable proxies, CancellationToken cancellationToken) =>
            Json(await proxies.AddAsync(await ReadAsync<ProxyBody>(request), cancellationToken), StatusCodes.Status201Created));
        app.MapGet("/proxies/{proxy}", static async (string proxy, ProxyTable proxies, CancellationToken cancellationToken) =>
            Json(await proxies.GetAsync(proxy, cancellationToken)));
        app.MapMethods("/proxies/{proxy}", _update, static async (string proxy, HttpRequest request, ProxyTable proxies, CancellationToken cancellationToken) =>
        {
            await proxies.GetAsync(proxy, cancellationToken); // who asks for a proxy that isn't there hears that, whatever else is wrong
            return Json(await proxies.UpdateAsync(proxy, await ReadAsync<ProxyBody>(request), cancellationToken));
        });
        app.MapDelete("/proxies/{proxy}", static async (string proxy, ProxyTable proxies, CancellationToken cancellationToken) =>
        {
            await proxies.RemoveAsync(proxy, cancellationToken);
            return Results.NoContent();
        });
    }

    public static void MapToxics(this WebApplication app)
    {
        app.MapGet("/proxies/{proxy}/toxics", static async (string proxy, ProxyTable proxies, CancellationToken cancellationToken) =>
            Json(await proxies.WithToxicsAsync(proxy, static toxics => toxics.All, cancellationToken)));
        app.MapPost("/proxies/{proxy}/toxics", static async (string proxy, HttpRequest request, ProxyTable proxies, CancellationToken cancellationToken) =>
        {
            await proxies.GetAsync(proxy, cancellationToken);
            var toxic = ToxicJson.Read(await ReadAsync<ToxicBody>(request));
            return Json(await proxies.WithToxicsAsync(proxy, toxics => { toxics.Add(toxic); return toxic; }, cancellationToken));
        });
        app.MapGet("/proxies/{proxy}/toxics/{toxic}", static async (string proxy, string toxic, ProxyTable proxies, CancellationToken cancellationToken) =>
            Json(await proxies.WithToxicsAsync(proxy, toxics => toxics.Get(toxic), cancellationToken)));
        app.MapMethods("/proxies/{proxy}/toxics/{toxic}", _update, static async (
            string proxy, string toxic, HttpRequest request, ProxyTable proxies, CancellationToken cancellationToken) =>
        {
            await proxies.WithToxicsAsync(proxy, toxics => toxics.Get(toxic), cancellationToken);
            var body = await ReadAsync<ToxicBody>(request);
            return Json(await proxies.WithToxicsAsync(proxy, toxics => Change(toxics, toxic, body), cancellationToken));
        });
        app.MapDelete("/proxies/{proxy}/toxics/{toxic}", static async (string proxy, string toxic, ProxyTable proxies, CancellationToken cancellationToken) =>
        {
            await proxies.WithToxicsAsync(proxy, toxics => { toxics.Remove(toxic); return true; }, cancellationToken);
            return Results.NoContent();
        });
    }

    private static Toxic Change(ToxicList toxics, string name, ToxicBody body)
    {
        var before = toxics.Get(name);
        var after = ToxicJson.Update(before, body);
        toxics.Replace(before, after);
        return after;
    }

    private static IResult Json<T>(T value, int status = StatusCodes.Status200OK) => Results.Json(value, ToxicJson.Options, statusCode: status);

    // Whatever the content type says: not all clients say one.
    private static async Task<T> ReadAsync<T>(HttpRequest request)
    {
        try
        {
            return await JsonSerializer.DeserializeAsync<T>(request.Body, ToxicJson.Options, request.HttpContext.RequestAborted) ?? throw ProxyException.BadBody("it is null.");
        }
        catch (JsonException unreadable)
        {
            throw ProxyException.BadBody(unreadable.Message);
        }
    }
}
