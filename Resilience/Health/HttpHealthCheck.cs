using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Resilience.Health;

/// <summary>Whether a page answers with a status from 200 to 299.</summary>
/// <remarks>
/// Over a connection of its own: a check through the pipeline that it is to judge would find its breaker open and keep it so. Follows no redirect, sends no
/// cookie, uses no proxy, reads no body, and makes no span. Safe for concurrent use; make one for an address and keep it.
/// </remarks>
public sealed class HttpHealthCheck : IHealthCheck, IDisposable
{
    private const int UnreadBodyToKeepConnectionFor = 16 * 1024;
    private readonly HttpMessageInvoker _http;
    private readonly Uri _address;

    /// <summary>Makes a check.</summary>
    /// <param name="address">An absolute http or https address: from configuration, never from a request.</param>
    /// <exception cref="ArgumentException"><paramref name="address"/> is of another kind.</exception>
    public HttpHealthCheck(Uri address)
    {
        ArgumentNullException.ThrowIfNull(address);
        if (!address.IsAbsoluteUri || (address.Scheme != Uri.UriSchemeHttp && address.Scheme != Uri.UriSchemeHttps))
        {
            throw new ArgumentException($"The address to check is {address}, but must be absolute, and http or https.", nameof(address));
        }

        _address = address;
        _http = new(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = false,
            ActivityHeadersPropagator = null,
            MaxConnectionsPerServer = 1,
            MaxResponseDrainSize = UnreadBodyToKeepConnectionFor,
            PooledConnectionLifetime = TimeSpan.FromMinutes(1), // else a name that moved would be asked at its old address for ever
        });
    }

    /// <inheritdoc />
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(context);

        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, _address);
            using var response = await _http.SendAsync(request, cancellationToken).ConfigureAwait(false);
            return response.IsSuccessStatusCode
                ? HealthCheckResult.Healthy()
                : new(context.Registration.FailureStatus, $"It answers {(int)response.StatusCode}{((int)response.StatusCode is >= 300 and < 400 ? ", and redirects aren't followed" : "")}.");
        }
        catch (HttpRequestException failure)
        {
            return new(context.Registration.FailureStatus, $"It doesn't answer: {failure.HttpRequestError}.", failure);
        }
    }

    /// <inheritdoc />
    public void Dispose() => _http.Dispose();
}
