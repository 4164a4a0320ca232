using System.Net;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.ServiceDiscovery;
using ServiceDefaults.Health;

namespace ServiceDefaults.Startup;

/// <summary>Waits until another service has started, then warms the path to it.</summary>
/// <remarks>
/// It asks <c>/startup</c> with a client of its own: calls to a service that is still starting would count against the breaker of the real one.
/// It gives up after a minute: by then a customer has warmed the path.
/// </remarks>
/// <param name="dependency">The other service's name.</param>
/// <param name="warmUp">Warms the path, once.</param>
/// <param name="startup">Says when this service itself has started.</param>
/// <param name="discovery">Knows the replicas of the other service.</param>
/// <param name="clock">Times the questions.</param>
internal sealed class DependencyWarmUp(
    string dependency, Func<CancellationToken, Task> warmUp, StartupState startup, ServiceEndpointResolver discovery, TimeProvider clock) : BackgroundService
{
    private const int MaxQuestions = 600;
    private static readonly TimeSpan _askEvery = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan _answerWithin = TimeSpan.FromSeconds(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await startup.WaitAsync(stoppingToken);
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false, ActivityHeadersPropagator = null }) { Timeout = _answerWithin };
        using var timer = new PeriodicTimer(_askEvery, clock);
        for (var question = 0; question < MaxQuestions; question++)
        {
            if (await HasStartedAsync(http, stoppingToken))
            {
                await warmUp(stoppingToken);
                return;
            }

            await timer.WaitForNextTickAsync(stoppingToken);
        }
    }

    // Every replica: a client may choose any.
    private async Task<bool> HasStartedAsync(HttpClient http, CancellationToken stoppingToken)
    {
        try
        {
            var replicas = await discovery.GetEndpointsAsync($"http://{dependency}", stoppingToken);
            foreach (var replica in replicas.Endpoints)
            {
                using var response = await http.GetAsync(new Uri(AddressOf(replica.EndPoint), HealthEndpoints.Started), stoppingToken);
                if (!response.IsSuccessStatusCode)
                {
                    return false;
                }
            }

            return replicas.Endpoints.Count > 0;
        }
        catch (Exception failure) when (
            failure is HttpRequestException or InvalidOperationException or UriFormatException or OperationCanceledException && !stoppingToken.IsCancellationRequested)
        {
            return false;
        }
    }

    // Configuration gives whole URLs, DNS gives hosts or addresses.
    private static Uri AddressOf(EndPoint endPoint) => endPoint switch
    {
        DnsEndPoint dns => new UriBuilder(Uri.UriSchemeHttp, dns.Host, dns.Port).Uri,
        IPEndPoint ip => new UriBuilder(Uri.UriSchemeHttp, ip.Address.ToString(), ip.Port).Uri,
        _ => new Uri(endPoint.ToString()!),
    };
}
