using System.Diagnostics;
using Resilience.Bulkheads;
using Resilience.CircuitBreakers;
using Resilience.Deadlines;
using Resilience.Faults;
using Resilience.Telemetry;

namespace ServiceDefaults.Http;

/// <summary>What the span of one attempt says beside HttpClient's own attributes.</summary>
/// <remarks>
/// HttpClient makes a span of what it sends. An attempt that was refused, or answered by an injected fault, is never sent: it gets a span of its own here,
/// since it would be missing from the trace. Names of attributes: <see cref="ResilienceAttributes"/>.
/// </remarks>
internal sealed class AttemptSpan
{
    public const string SourceName = "ServiceDefaults.Http";

    private const string Property = SourceName;
    private static readonly ActivitySource _source = new(SourceName);
    private static readonly HttpRequestOptionsKey<AttemptSpan> _key = new(SourceName);

    private readonly HttpRequestMessage _request;
    private readonly DateTimeOffset _began;
    private readonly CancellationToken _callersToken;
    private readonly Deadline? _deadline = Deadline.Current;
    private TimeSpan? _budget; // null: it was not sent
    private CancellationToken _token;
    private FaultHit? _fault;

    private AttemptSpan(HttpRequestMessage request, DateTimeOffset began, CancellationToken callersToken) =>
        (_request, _began, _callersToken) = (request, began, callersToken);

    /// <summary>Gets under what a request has the pause before it was sent again.</summary>
    public static HttpRequestOptionsKey<TimeSpan> RetryPause { get; } = new("ServiceDefaults.RetryPause");

    /// <summary>Gets under what a request has its part in a hedged call.</summary>
    public static HttpRequestOptionsKey<HedgeSending> Hedge { get; } = new("ServiceDefaults.Hedge");

    /// <summary>Begins an attempt.</summary>
    public static AttemptSpan Begin(HttpRequestMessage request, DateTimeOffset now, CancellationToken callersToken)
    {
        var attempt = new AttemptSpan(request, now, callersToken);
        request.Options.Set(_key, attempt);
        return attempt;
    }

    /// <summary>Gets a request's attempt; null without a trace.</summary>
    public static AttemptSpan? Of(HttpRequestMessage? request) => request is not null && request.Options.TryGetValue(_key, out var attempt) ? attempt : null;

    /// <summary>Describes the span that HttpClient has begun for a request.</summary>
    public static void Started(Activity span, HttpRequestMessage request)
    {
        DescribeResend(span, request);
        if (Of(request) is { } attempt)
        {
            span.SetCustomProperty(Property, attempt);
            attempt.Describe(span);
        }
    }

    /// <summary>Says on HttpClient's span that its answer came first.</summary>
    public static void Answered(Activity span, HttpResponseMessage response)
    {
        if (span.GetCustomProperty(Property) is AttemptSpan attempt && !RequestFacts.IsTransient(response)
            && attempt._request.Options.TryGetValue(Hedge, out var sending) && sending.Race.TryWin(sending.Which) && sending.Race.HasSecond)
        {
            span.SetTag(ResilienceAttributes.HedgeOutcome, "won");
        }
    }

    /// <summary>Completes HttpClient's span: a cancelled attempt says by what.</summary>
    public static void Stopped(Activity span)
    {
        if (span.GetCustomProperty(Property) is AttemptSpan attempt)
        {
            attempt.Complete(span);
        }
    }

    /// <summary>Notes that the attempt is sent.</summary>
    /// <param name="budget">How long it may take.</param>
    /// <param name="token">Is cancelled when that is over.</param>
    public void Sent(TimeSpan budget, CancellationToken token) => (_budget, _token) = (budget, token);

    /// <summary>Notes that a fault strikes the attempt.</summary>
    public void Struck(FaultHit fault) => _fault = fault;

    /// <summary>Makes the span of an attempt that was not sent.</summary>
    public void Ended(HttpResponseMessage? response, Exception? failure)
    {
        if (_budget is not null
            || _source.StartActivity(ActivityKind.Client, name: _request.Method.Method, startTime: _began) is not { } span)
        {
            return;
        }

        using (span)
        {
            var status = (int?)response?.StatusCode;
            span.SetTag("http.request.method", _request.Method.Method);
            span.SetTag("server.address", _request.RequestUri?.Host);
            span.SetTag("server.port", _request.RequestUri?.Port);
            span.SetTag("http.response.status_code", status);
            DescribeResend(span, _request);
            Describe(span);
            DescribeRefusal(span, failure);
            if (failure is not null || status >= 400)
            {
                span.SetTag("error.type", failure?.GetType().FullName ?? $"{status}");
                span.SetStatus(ActivityStatusCode.Error);
            }
        }
    }

    private static void DescribeRefusal(Activity span, Exception? failure)
    {
        var by = failure switch
        {
            CircuitBreakerRejectedException => "circuit_breaker",
            BulkheadRejectedException => "bulkhead",
            _ => null,
        };
        span.SetTag(ResilienceAttributes.RefusedBy, by);
        span.SetTag(ResilienceAttributes.RefusedByName, (failure as CircuitBreakerRejectedException)?.BreakerName);
    }

    private static void DescribeResend(Activity span, HttpRequestMessage request)
    {
        if (request.Options.TryGetValue(HttpExtensions.Resends, out var resends) && resends > 0)
        {
            span.SetTag(ResilienceAttributes.ResendCount, resends);
        }

        if (request.Options.TryGetValue(RetryPause, out var pause))
        {
            span.SetTag(ResilienceAttributes.RetryPause, pause.TotalSeconds);
        }
    }

    private void Describe(Activity span)
    {
        if (_budget is { } budget)
        {
            span.SetTag(ResilienceAttributes.DeadlineBudget, budget.TotalSeconds);
        }

        if (_fault is { } fault)
        {
            span.SetTag(ResilienceAttributes.FaultName, fault.Name);
            span.SetTag(ResilienceAttributes.FaultKind, fault.KindName);
        }
    }

    private void Complete(Activity span)
    {
        var sending = _request.Options.TryGetValue(Hedge, out var part) && part.Race.HasSecond ? part : null;
        if (sending is not null)
        {
            span.SetTag(ResilienceAttributes.Hedge, sending.Which);
        }

        if (!_token.IsCancellationRequested || span.Status != ActivityStatusCode.Error)
        {
            return;
        }

        if (sending?.Race.Winner is { } winner && winner != sending.Which)
        {
            span.SetTag(ResilienceAttributes.HedgeOutcome, "lost");
            span.SetTag("error.type", null); // to lose is not an error
            span.SetStatus(ActivityStatusCode.Unset);
        }
        else if (!_callersToken.IsCancellationRequested || _deadline is { IsExpired: true })
        {
            span.SetTag(ResilienceAttributes.DeadlineExpired, _callersToken.IsCancellationRequested ? "call" : "attempt");
            span.SetTag("error.type", "timeout");
        }
    }
}
