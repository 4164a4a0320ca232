using System.Collections.Concurrent;
using Microsoft.Extensions.Options;
using Polly;
using Polly.Registry;
using Polly.Timeout;
using ServiceDefaults.Deadlines;

namespace ServiceDefaults.Http;

/// <summary>The pipelines that every <see cref="HttpClient"/> calls through: one around all attempts, one around each attempt at each destination.</summary>
/// <remarks>Safe for concurrent use. Bounded: beyond 1,024 destinations, further ones of a client share one breaker.</remarks>
internal sealed class HttpPipelines(
    ResiliencePipelineRegistry<HttpDestination> registry, IOptionsMonitor<HttpResilienceOptions> options, TimeProvider clock)
{
    private const int MaxDestinations = 1024;
    private readonly ConcurrentDictionary<HttpDestination, ResiliencePipeline<HttpResponseMessage>> _destinations = new();

    /// <summary>The request that a pipeline works on.</summary>
    public static ResiliencePropertyKey<HttpRequestMessage> Request { get; } = new("http.request");

    /// <summary>Gets a client's settings.</summary>
    public HttpResilienceOptions OptionsOf(string client) => options.Get(client);

    /// <summary>Total time, then retry: what is left of the deadline, and only what may be repeated.</summary>
    public ResiliencePipeline<HttpResponseMessage> Around(string client) => registry.GetOrAddPipeline<HttpResponseMessage>(
        new HttpDestination(client, ""), pipeline => AddAround(pipeline, options.Get(client), clock));

    /// <summary>Breaker, then limit, then the time of one attempt.</summary>
    public ResiliencePipeline<HttpResponseMessage> At(HttpDestination destination)
    {
        if (_destinations.TryGetValue(destination, out var known))
        {
            return known;
        }

        if (_destinations.Count >= MaxDestinations)
        {
            destination = destination with { Authority = "(others)" };
        }

        return _destinations.GetOrAdd(destination, key => registry.GetOrAddPipeline<HttpResponseMessage>(
            key, pipeline => AddAt(pipeline, options.Get(key.Client))));
    }

    private static void AddAround(ResiliencePipelineBuilder<HttpResponseMessage> pipeline, HttpResilienceOptions options, TimeProvider clock)
    {
        pipeline.AddTimeout(new TimeoutStrategyOptions { TimeoutGenerator = _ => new(Shorter(options.TotalTimeout)) });
        if (options.MaxRetries == 0)
        {
            return;
        }

        pipeline.AddRetry(new()
        {
            MaxRetryAttempts = options.MaxRetries,
            Delay = options.RetryPause,
            MaxDelay = options.LongestRetryPause,
            BackoffType = DelayBackoffType.Exponential,
            UseJitter = true,
            DelayGenerator = arguments => new(RequestFacts.RetryAfter(arguments.Outcome.Result, clock)),
            ShouldHandle = arguments => new(
                // One level repeats: where our caller is repeating already, its next attempt is the next attempt.
                IncomingAttempt.Current == 1
                && arguments.Context.Properties.TryGetValue(Request, out var request) && RequestFacts.IsRepeatable(request)
                && arguments.Outcome switch
                {
                    { Exception: HttpRequestException or TimeoutRejectedException } => true,
                    { Result: { } response } => RequestFacts.IsTransient(response) && IsWorthWaitingFor(response, options, clock),
                    _ => false, // a refusal made on this side: trying at once would undo it
                }),
        });
    }

    private static void AddAt(ResiliencePipelineBuilder<HttpResponseMessage> pipeline, HttpResilienceOptions options) => pipeline
        .AddCircuitBreaker(new()
        {
            FailureRatio = options.BreakerFailureRatio,
            MinimumThroughput = options.BreakerMinimumThroughput,
            SamplingDuration = options.BreakerWindow,
            BreakDuration = options.BreakerPause,
            ShouldHandle = static arguments => new(arguments.Outcome switch
            {
                { Exception: HttpRequestException or TimeoutRejectedException } => !RequestFacts.IsSenderAtFault(arguments.Outcome.Exception),
                { Result: { } response } => RequestFacts.IsDestinationAtFault(response),
                _ => false,
            }),
        })
        .AddConcurrencyLimiter(options.MaxConcurrency)
        .AddTimeout(new TimeoutStrategyOptions { TimeoutGenerator = _ => new(Shorter(options.AttemptTimeout)) });

    private static bool IsWorthWaitingFor(HttpResponseMessage response, HttpResilienceOptions options, TimeProvider clock) =>
        RequestFacts.RetryAfter(response, clock) is not { } asked
        || (asked <= options.LongestRetryPause && (Deadline.Current is not { } deadline || asked < deadline.Remaining));

    // What is over already is refused by the handler; the timeout strategy wants a time.
    private static TimeSpan Shorter(TimeSpan configured) =>
        Deadline.Current is { } deadline && deadline.Remaining < configured ? Max(deadline.Remaining, TimeSpan.FromMilliseconds(1)) : configured;

    private static TimeSpan Max(TimeSpan one, TimeSpan other) => one > other ? one : other;
}
