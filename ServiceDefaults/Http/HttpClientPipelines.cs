using Microsoft.Extensions.Logging;
using Polly;
using Polly.Timeout;
using Resilience.CircuitBreakers;
using Resilience.Faults;
using Resilience.Pipelines;
using Resilience.Retries;
using Resilience.Timeouts;
using ServiceDefaults.Peers;

namespace ServiceDefaults.Http;

/// <summary>What one client calls through: total time and retry around all attempts; breaker, bulkhead and attempt time around each attempt at each destination.</summary>
/// <remarks>
/// Safe for concurrent use. Bounded: beyond 1,000 destinations, those that are idle make room, and newcomers share one if none is. New settings take
/// effect on the next call; breakers, bulkheads and the retry budget keep what they know. Polly's own telemetry is left out: its two events for
/// each call through each pipeline say what the strategies' own meter and HttpClient's spans say, and are not free.
/// </remarks>
internal sealed class HttpClientPipelines
{
    private readonly string _name;
    private readonly ILogger _logger;
    private readonly TimeProvider _clock;
    private readonly FaultGovernor? _faults;
    private readonly RetryBudget _budget;
    private readonly OperationTimeout _total;
    private readonly OperationTimeout _attempt;
    private readonly PartitionedPipelines<Destination, HttpDestinationPipeline> _destinations;
    private volatile HttpClientSettings _settings;
    private volatile BudgetedRetry<HttpResponseMessage> _retry;
    private volatile ResiliencePipeline<HttpResponseMessage> _around;

    public HttpClientPipelines(string name, HttpResilienceOptions options, ILoggerFactory loggers, TimeProvider clock, FaultGovernor? faults = null, PeerBreakers? peers = null)
    {
        (_name, _logger, _clock, _faults) = (name, loggers.CreateLogger<CircuitBreaker>(), clock, faults);
        _settings = new(name, options);
        _budget = new(timeProvider: clock);
        // It is a deadline, so that no attempt is begun, or told to take its time, beyond it.
        _total = new($"{name}-total", new() { TimeoutGenerator = _ => Options.TotalTimeout, BeginsDeadline = true }, clock);
        Hedging = new($"{name}-hedging", () => Options.HedgeAfter, _budget, clock);
        _attempt = new($"{name}-attempt", new() { TimeoutGenerator = _ => Options.AttemptTimeout }, clock);
        _destinations = new(
            name,
            destination => CreateDestination(destination.ToString()),
            () => CreateDestination("all others"), // not one thing: peers can say nothing of it
            time: clock,
            kept: (destination, pipeline) => peers?.Join(name, destination, pipeline.Breaker));
        _retry = CreateRetry(options);
        _around = CreateAround(_retry);
    }

    /// <summary>Gets the client's settings as they are now.</summary>
    public HttpResilienceOptions Options => _settings.Options;

    /// <summary>Gets the time.</summary>
    public DateTimeOffset UtcNow => _clock.GetUtcNow();

    /// <summary>Gets what goes around all attempts.</summary>
    public ResiliencePipeline<HttpResponseMessage> Around => _around;

    /// <summary>Gets what sends an attempt a second time.</summary>
    public HttpHedging Hedging { get; }

    /// <summary>Gets what goes around an attempt at a destination.</summary>
    /// <param name="address">What is asked, after service discovery.</param>
    public ResiliencePipeline<HttpResponseMessage> At(Uri? address) => _destinations.Get(Destination.Of(address)).Under(_settings);

    /// <summary>Takes over other settings.</summary>
    public void Follow(HttpResilienceOptions options)
    {
        _settings = new(_name, options);
        _retry = CreateRetry(options);
        _around = CreateAround(_retry);
    }

    /// <summary>Lists all of it.</summary>
    public void ListIn(ResilienceCatalogue catalogue)
    {
        catalogue.Add(
            _name,
            EntryOf(_total, () => Options.TotalTimeout),
            new CatalogueEntry("retry", _name, () => CatalogueEntry.For(_retry).Describe().Options, () => CatalogueEntry.For(_retry).Describe().State),
            Hedging.Describe());
        catalogue.Add(_destinations, destination => [.. destination.Describe(), EntryOf(_attempt, () => Options.AttemptTimeout)]);
    }

    private static CatalogueEntry EntryOf(OperationTimeout timeout, Func<TimeSpan> now) => new(
        "timeout",
        timeout.Name,
        () => new Dictionary<string, object?> { ["timeoutSeconds"] = now().TotalSeconds },
        () => CatalogueEntry.For(timeout).Describe().State);

    private HttpDestinationPipeline CreateDestination(string destination) => new(_name, destination, _settings, _attempt, _logger, _clock, _faults);

    private ResiliencePipeline<HttpResponseMessage> CreateAround(BudgetedRetry<HttpResponseMessage> retry) =>
        new ResiliencePipelineBuilder<HttpResponseMessage> { Name = _name, TimeProvider = _clock }
            .AddOperationTimeout(_total)
            .AddBudgetedRetry(retry)
            .Build();

    // A refusal made on this side isn't handled: trying at once would undo it.
    private BudgetedRetry<HttpResponseMessage> CreateRetry(HttpResilienceOptions options) => new(
        _name,
        new()
        {
            MaxRetryAttempts = options.MaxRetries,
            Delay = options.RetryPause,
            MaxDelay = options.LongestRetryPause,
            Budget = _budget,
            HandleException = static exception => exception is HttpRequestException or TimeoutRejectedException,
            HandleResult = RequestFacts.IsTransient,
            MayRepeat = static arguments => arguments.Context.Properties.TryGetValue(PipelineHandler.Request, out var request) && RequestFacts.IsRepeatable(request),
            RetryAfter = (arguments, now) => RequestFacts.RetryAfter(arguments.Outcome.Result, now) switch
            {
                null => RetryAfterHint.None,
                { } asked when asked > options.LongestRetryPause => RetryAfterHint.Stop, // not worth waiting for: the caller gets the refusal
                { } asked => RetryAfterHint.After(asked),
            },
        },
        _clock);
}
