using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace AppHost;

/// <summary>Asks a service's <c>/health</c> until it is healthy, for a few seconds.</summary>
/// <remarks>Aspire looks again after one second, then two, and so on: what is healthy in between would be noticed seconds later, at the start and after each restart.</remarks>
/// <param name="endpoint">Where the service listens.</param>
/// <param name="clock">Times the questions.</param>
internal sealed class ServiceHealthCheck(EndpointReference endpoint, TimeProvider clock) : IHealthCheck, IDisposable
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(4);
    private static readonly TimeSpan _askEvery = TimeSpan.FromMilliseconds(300);
    private static readonly TimeSpan _answerWithin = TimeSpan.FromSeconds(2);
    private readonly HttpClient _http = new(new SocketsHttpHandler { UseProxy = false, ActivityHeadersPropagator = null }) { Timeout = _answerWithin };

    /// <inheritdoc />
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        for (var began = clock.GetTimestamp(); ; await Task.Delay(_askEvery, clock, cancellationToken))
        {
            var reason = await ReasonAsync(cancellationToken);
            if (reason is null)
            {
                return HealthCheckResult.Healthy();
            }

            if (clock.GetElapsedTime(began) > _patience)
            {
                return HealthCheckResult.Unhealthy(reason);
            }
        }
    }

    /// <inheritdoc />
    public void Dispose() => _http.Dispose();

    private async Task<string?> ReasonAsync(CancellationToken cancellationToken)
    {
        try
        {
            using var reply = await _http.GetAsync(new Uri($"{endpoint.Url}/health"), cancellationToken);
            return reply.IsSuccessStatusCode ? null : $"/health answers {(int)reply.StatusCode}.";
        }
        catch (Exception unanswered) when (unanswered is HttpRequestException or TaskCanceledException && !cancellationToken.IsCancellationRequested)
        {
            return $"/health doesn't answer: {unanswered.Message}";
        }
    }
}
