using System.Net.Http.Headers;
using System.Net.Mime;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;

namespace ServiceDefaults.Startup;

/// <summary>Requests that a service sends to itself, so that its first customer doesn't wait for code to be compiled and connections to be opened.</summary>
/// <remarks>
/// They pass the start-up gate, since they carry a secret that this process has made for itself. They make no trace and no line in the log. A service that
/// listens on https alone, or on no address, sends none. Safe for concurrent use.
/// </remarks>
/// <param name="server">Says where the service listens.</param>
public sealed class WarmUpRequests(IServer server) : IDisposable
{
    private const string Header = "x-warm-up";
    private static readonly string _secret = RandomNumberGenerator.GetHexString(32);

    private readonly HttpClient _http = new(new SocketsHttpHandler { UseProxy = false, UseCookies = false, ActivityHeadersPropagator = null });

    /// <summary>Sends one to this service, and reads its answer to the end.</summary>
    /// <param name="method">The method.</param>
    /// <param name="path">Path and query. It must change nothing: ask for what doesn't exist, or send what is refused.</param>
    /// <param name="json">The body; null for none.</param>
    /// <param name="cancellationToken">Gives it up.</param>
    /// <returns>When the answer has come, whatever it is.</returns>
    public async Task SendAsync(HttpMethod method, string path, string? json, CancellationToken cancellationToken)
    {
        if (Address() is not { } address)
        {
            return;
        }

        using var request = new HttpRequestMessage(method, new Uri(address, path));
        request.Headers.Add(Header, _secret);
        request.Content = json is null ? null : new StringContent(json, Encoding.UTF8, MediaTypeHeaderValue.Parse(MediaTypeNames.Application.Json));
        using var response = await _http.SendAsync(request, cancellationToken);
    }

    /// <inheritdoc />
    public void Dispose() => _http.Dispose();

    /// <summary>Gets whether a request is one of this process's own.</summary>
    internal static bool Contains(HttpContext context) =>
        context.Request.Headers.TryGetValue(Header, out var value) && CryptographicOperations.FixedTimeEquals(
            Encoding.UTF8.GetBytes(value.ToString()), Encoding.UTF8.GetBytes(_secret));

    // "Every address" is none to connect to.
    private Uri? Address() => server.Features.Get<IServerAddressesFeature>()?.Addresses
        .Select(static address => address.Replace("//+", "//localhost", StringComparison.Ordinal).Replace("//*", "//localhost", StringComparison.Ordinal))
        .Select(static address => Uri.TryCreate(address, UriKind.Absolute, out var uri) && uri.Scheme == Uri.UriSchemeHttp ? uri : null)
        .OfType<Uri>()
        .Select(static address => address.Host is "0.0.0.0" or "[::]" ? new UriBuilder(address) { Host = "localhost" }.Uri : address)
        .FirstOrDefault();
}
