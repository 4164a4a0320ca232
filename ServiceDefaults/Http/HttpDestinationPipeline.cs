using System.Net;
using Microsoft.Extensions.Logging;
using Polly;
using Polly.Timeout;
using Resilience.Bulkheads;
using Resilience.CircuitBreakers;
using Resilience.Faults;
using Resilience.Pipelines;
using Resilience.Timeouts;
using ServiceDefaults.Telemetry;

namespace ServiceDefaults.Http;

#pragma warning disable CA1001 // Nobody knows when a destination's last call ends; its bulkhead holds memory only, which goes with it.

/// <summary>What one client's attempts at one destination go through: breaker, then bulkhead, then the time of one attempt.</summary>
internal sealed class HttpDestinationPipeline : IEvictable
{
    private readonly CircuitBreaker _breaker;
    private readonly Bulkhead _bulkhead;
    private readonly GuardedPipeline<ResiliencePipeline<HttpResponseMessage>> _guarded;
    private readonly string _destination;
    private readonly ILogger _logger;
    private HttpClientSettings _settings;

    public HttpDestinationPipeline(string client, string destination, HttpClientSettings settings, OperationTimeout attempt, ILogger logger, TimeProvider clock, FaultGovernor? faults)
    {
        (_destination, _settings, _logger) = (destination, settings, logger);
        _breaker = new(client, settings.BreakerWith(Tell), clock);
        _bulkhead = new(client, new() { MaxConcurrency = settings.Options.MaxConcurrency }, clock);
        var pipeline = new ResiliencePipelineBuilder<HttpResponseMessage> { Name = client, TimeProvider = clock }
            .AddAdvancedCircuitBreaker(_breaker, outcome => Judge(outcome, clock.GetUtcNow()))
            .AddBulkhead(_bulkhead)
            .AddOperationTimeout(attempt);
        if (faults is not null)
        {
            pipeline.AddFaults(
                faults,
                client,
                AnswerOf,
                static hit => new HttpRequestException(HttpRequestError.ConnectionError, "The connection failed.", new InjectedFaultException(hit.Name)),
                static (context, hit) => AttemptSpan.Of(context.Properties.GetValue(PipelineHandler.Request, null!))?.Struck(hit));
        }

        _guarded = new(pipeline.Build(), _breaker);
    }

    /// <inheritdoc />
    public bool MayEvict => _guarded.MayEvict && _bulkhead.Snapshot().InUse == 0; // a successor would start with all permits free

    /// <summary>Gets its breaker.</summary>
    public CircuitBreaker Breaker => _breaker;

    /// <summary>Gets the pipeline, under the settings that hold now.</summary>
    public ResiliencePipeline<HttpResponseMessage> Under(HttpClientSettings settings)
    {
        if (!ReferenceEquals(settings, Volatile.Read(ref _settings)))
        {
            _breaker.Update(settings.BreakerWith(Tell));
            _bulkhead.Resize(settings.Options.MaxConcurrency);
            Volatile.Write(ref _settings, settings);
        }

        return _guarded.Pipeline;
    }

    /// <summary>Lists what it has of its own.</summary>
    public IEnumerable<CatalogueEntry> Describe() => [CatalogueEntry.For(_breaker), CatalogueEntry.For(_bulkhead)];

    private static HttpResponseMessage AnswerOf(FaultHit hit)
    {
        var answer = new HttpResponseMessage((HttpStatusCode)hit.Spec.Status) { Content = new ByteArrayContent([]) };
        answer.Headers.RetryAfter = hit.Spec.RetryAfter is { } wait ? new(wait) : null;
        return answer;
    }

    private CallVerdict Judge(Outcome<HttpResponseMessage> outcome, DateTimeOffset now) => outcome switch
    {
        { Result: { } response } when RequestFacts.IsRefusal(response) => CallVerdict.Throttled(RequestFacts.RetryAfter(response, now)),
        { Result: { } response } => RequestFacts.IsDestinationAtFault(response) ? CallVerdict.Failure : CallVerdict.Success,
        { Exception: OperationTimeoutException { Cause: TimeoutCause.Deadline } late } => WasGivenAChance(late) ? CallVerdict.Failure : CallVerdict.Neutral,
        { Exception: TimeoutRejectedException } => CallVerdict.Failure,
        { Exception: HttpRequestException failure } when !RequestFacts.IsSenderAtFault(failure) => CallVerdict.Failure,
        _ => CallVerdict.Neutral, // a refusal further in, or the sender's fault
    };

    // Else whoever asks with hardly any time would shut the destination for all others.
    private bool WasGivenAChance(OperationTimeoutException late) => late.Timeout >= Volatile.Read(ref _settings).Options.AttemptTimeout / 2;

    private void Tell(CircuitTransition transition) => BreakerLog.Write(_logger, transition, _destination);
}
