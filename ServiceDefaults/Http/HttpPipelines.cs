using System.Collections.Concurrent;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;
using Resilience.Faults;
using Resilience.Pipelines;
using ServiceDefaults.Peers;

namespace ServiceDefaults.Http;

/// <summary>The pipelines of every <see cref="HttpClient"/>, by the client's name; they follow the configuration without forgetting what they know.</summary>
/// <remarks>
/// Safe for concurrent use. New settings that are wrong are logged, and the old ones stay: a typing error in a file that is watched must not stop a
/// service that runs. That is why the settings come from the factory and not from a monitor, whose every reader would get the error.
/// </remarks>
internal sealed partial class HttpPipelines : IDisposable
{
    private readonly IOptionsFactory<HttpResilienceOptions> _options;
    private readonly ResilienceCatalogue _catalogue;
    private readonly ILoggerFactory _loggers;
    private readonly ILogger _logger;
    private readonly TimeProvider _clock;
    private readonly FaultGovernor? _faults;
    private readonly PeerBreakers? _peers;
    private readonly ConcurrentDictionary<string, HttpClientPipelines> _clients = new(StringComparer.Ordinal);
    private readonly Lock _adding = new();
    private readonly IDisposable _reloading;

    public HttpPipelines(
        IOptionsFactory<HttpResilienceOptions> options,
        IConfiguration configuration,
        ResilienceCatalogue catalogue,
        ILoggerFactory loggers,
        TimeProvider clock,
        FaultGovernor? faults = null,
        PeerBreakers? peers = null)
    {
        (_options, _catalogue, _loggers, _clock, _faults, _peers) = (options, catalogue, loggers, clock, faults, peers);
        _logger = loggers.CreateLogger<HttpPipelines>();
        _reloading = ChangeToken.OnChange(configuration.GetReloadToken, Reload);
    }

    /// <summary>Gets a client's pipelines, which are listed in the catalogue from then on.</summary>
    /// <exception cref="OptionsValidationException">The client's settings are wrong.</exception>
    public HttpClientPipelines Of(string client)
    {
        if (_clients.TryGetValue(client, out var known))
        {
            return known;
        }

        lock (_adding)
        {
            return _clients.GetOrAdd(client, Add);
        }
    }

    public void Dispose() => _reloading.Dispose();

    private HttpClientPipelines Add(string client)
    {
        var pipelines = new HttpClientPipelines(client.Length == 0 ? "http" : client, _options.Create(client), _loggers, _clock, _faults, _peers);
        pipelines.ListIn(_catalogue);
        return pipelines;
    }

    private void Reload()
    {
        foreach (var (client, pipelines) in _clients)
        {
            try
            {
                pipelines.Follow(_options.Create(client));
            }
            catch (OptionsValidationException wrong)
            {
                LogWrong(_logger, client, string.Join(' ', wrong.Failures));
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "The new settings of the HTTP client {Client} are wrong, so the old ones stay: {Failures}")]
    private static partial void LogWrong(ILogger logger, string client, string failures);
}
