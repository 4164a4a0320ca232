using System.Diagnostics;
using Polly;
using Polly.Hedging;
using Resilience.Pipelines;
using Resilience.Retries;

namespace ServiceDefaults.Http;

/// <summary>Sends a call that has no answer yet a second time, beside the first: whichever answers first wins, and the other is given up.</summary>
/// <remarks>
/// Safe for concurrent use. A second sending takes a retry out of the client's budget, so that a service that is slow for everybody isn't asked everything twice. What fails
/// isn't sent again here: that is the retry's, which pauses. A second sending that fails leaves the first one its time.
/// Source: J. Dean, L. A. Barroso, <i>The Tail at Scale</i>, CACM 56(2), 2013, "Hedged requests".
/// </remarks>
internal sealed class HttpHedging
{
    private static readonly ResiliencePropertyKey<HedgedCall> _call = new("http.hedged-call");

    private readonly string _name;
    private readonly Func<TimeSpan> _after;
    private readonly RetryBudget _budget;
    private readonly ResiliencePipeline<HttpResponseMessage> _pipeline;
    private long _sent;
    private long _won;

    public HttpHedging(string name, Func<TimeSpan> after, RetryBudget budget, TimeProvider clock)
    {
        (_name, _after, _budget) = (name, after, budget);
        _pipeline = new ResiliencePipelineBuilder<HttpResponseMessage> { Name = name, TimeProvider = clock }
            .AddHedging(new()
            {
                MaxHedgedAttempts = 1,
                DelayGenerator = _ => new(_after()),
                ShouldHandle = HasFailedAsync,
                ActionGenerator = Again,
            })
            .Build();
    }

    /// <summary>Sends a request, and again if there is no answer in time.</summary>
    /// <param name="request">May be sent twice at a time.</param>
    /// <param name="send">Sends.</param>
    /// <param name="cancellationToken">Gives both up.</param>
    /// <returns>The first answer.</returns>
    public async Task<HttpResponseMessage> SendAsync(
        HttpRequestMessage request, Func<HttpRequestMessage, CancellationToken, Task<HttpResponseMessage>> send, CancellationToken cancellationToken)
    {
        var call = new HedgedCall(CopyOf(request), send); // now: once it is being sent, others write into it
        request.Options.Set(AttemptSpan.Hedge, new(call.Race, HedgeRace.First));
        call.Copy.Options.Set(AttemptSpan.Hedge, new(call.Race, HedgeRace.Second));
        var context = ResilienceContextPool.Shared.Get(cancellationToken);
        context.Properties.Set(_call, call);
        try
        {
            var answer = await _pipeline.ExecuteAsync(
                static async (context, state) => await state.send(state.request, context.CancellationToken), context, (request, send));
            call.Race.Note(Activity.Current, winner: call.SecondAnswer == answer ? HedgeRace.Second : HedgeRace.First);
            return answer;
        }
        finally
        {
            ResilienceContextPool.Shared.Return(context);
        }
    }

    /// <summary>Lists it.</summary>
    public CatalogueEntry Describe() => new(
        "hedging",
        _name,
        () => new Dictionary<string, object?> { ["afterSeconds"] = _after().TotalSeconds },
        () => new Dictionary<string, object?> { ["sent"] = Interlocked.Read(ref _sent), ["won"] = Interlocked.Read(ref _won) });

    // A request is sent once; of its body, which nobody changes, both have the same.
    private static HttpRequestMessage CopyOf(HttpRequestMessage request)
    {
        var copy = new HttpRequestMessage(request.Method, request.RequestUri)
        {
            Content = request.Content,
            Version = request.Version,
            VersionPolicy = request.VersionPolicy,
        };
        _ = request.Content?.Headers.ContentLength; // works it out, which writes it down, before two do so at a time
        foreach (var (header, values) in request.Headers.NonValidated)
        {
            copy.Headers.TryAddWithoutValidation(header, values);
        }

        foreach (var (option, value) in request.Options)
        {
            ((IDictionary<string, object?>)copy.Options)[option] = value;
        }

        copy.Options.Set(HttpExtensions.Resends, 1);
        return copy;
    }

    private static ValueTask<bool> HasFailedAsync(HedgingPredicateArguments<HttpResponseMessage> ended)
    {
        var hasFailed = ended.Outcome.Exception is not null || RequestFacts.IsTransient(ended.Outcome.Result!);
        if (hasFailed && ended.Context.Properties.TryGetValue(_call, out var call))
        {
            call.HasFailed = true;
        }

        return new(hasFailed);
    }

    private Func<ValueTask<Outcome<HttpResponseMessage>>>? Again(HedgingActionGeneratorArguments<HttpResponseMessage> arguments) =>
        arguments.PrimaryContext.Properties.TryGetValue(_call, out var call) && !call.HasFailed && _budget.TryWithdraw()
            ? () => SendAgainAsync(call, arguments.ActionContext.CancellationToken)
            : null;

#pragma warning disable CA1031 // Whatever goes wrong is an outcome, beside which the first sending may still succeed.
    private async ValueTask<Outcome<HttpResponseMessage>> SendAgainAsync(HedgedCall call, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _sent);
        call.Race.HasSecond = true;
        using var attempt = AttemptCount.Begin(AttemptCount.Current + 1);
        try
        {
            var answer = await call.Send(call.Copy, cancellationToken);
            call.SecondAnswer = answer;
            Interlocked.Increment(ref _won);
            return Outcome.FromResult(answer);
        }
        catch (Exception failure)
        {
            return Outcome.FromException<HttpResponseMessage>(failure);
        }
    }
#pragma warning restore CA1031

    private sealed class HedgedCall(HttpRequestMessage copy, Func<HttpRequestMessage, CancellationToken, Task<HttpResponseMessage>> send)
    {
        public HttpRequestMessage Copy => copy;

        public Func<HttpRequestMessage, CancellationToken, Task<HttpResponseMessage>> Send => send;

        public HedgeRace Race { get; } = new();

        public volatile HttpResponseMessage? SecondAnswer;

        public volatile bool HasFailed;
    }
}
