using System.Net.Sockets;
using Polly;

namespace ServiceDefaults.Http;

/// <summary>Sends through a pipeline, without a state machine of its own for what is answered at once.</summary>
internal abstract class PipelineHandler : DelegatingHandler
{
    /// <summary>The request that a pipeline works on.</summary>
    public static ResiliencePropertyKey<HttpRequestMessage> Request { get; } = new("http.request");

    /// <summary>Sends a request through a pipeline.</summary>
    /// <param name="pipeline">May send it more than once.</param>
    /// <param name="call">The request.</param>
    /// <param name="cancellationToken">Gives it up.</param>
    /// <returns>The answer; an exception knows whose it is.</returns>
    protected static Task<HttpResponseMessage> ExecuteAsync(
        ResiliencePipeline<HttpResponseMessage> pipeline, in Call call, CancellationToken cancellationToken)
    {
        var context = ResilienceContextPool.Shared.Get(cancellationToken);
        context.Properties.Set(Request, call.Request);
        var pending = pipeline.ExecuteOutcomeAsync(
            static (context, call) => call.Handler.AttemptAsync(call, context), context, call);
        return pending.IsCompletedSuccessfully ? FinishAsync(pending.Result, context, call.Dependency) : AwaitAsync(pending, context, call.Dependency);
    }

    /// <summary>Prepares the request for its next attempt.</summary>
    /// <param name="call">The request.</param>
    /// <param name="context">The attempt's.</param>
    protected abstract void Prepare(in Call call, ResilienceContext context);

    private static async Task<HttpResponseMessage> AwaitAsync(
        ValueTask<Outcome<HttpResponseMessage>> pending, ResilienceContext context, string? dependency) =>
        await FinishAsync(await pending, context, dependency);

    private static Task<HttpResponseMessage> FinishAsync(Outcome<HttpResponseMessage> outcome, ResilienceContext context, string? dependency)
    {
        ResilienceContextPool.Shared.Return(context);
        if (outcome.Exception is not { } failure)
        {
            return Task.FromResult(outcome.Result!);
        }

        Dependency.Name(failure, dependency);
        return Task.FromException<HttpResponseMessage>(failure);
    }

#pragma warning disable CA1031 // Whatever goes wrong is an outcome, for the pipeline to judge.
    private ValueTask<Outcome<HttpResponseMessage>> AttemptAsync(in Call call, ResilienceContext context)
    {
        try
        {
            Prepare(call, context);
            var pending = base.SendAsync(call.Request, context.CancellationToken);
            return pending.IsCompletedSuccessfully ? Outcome.FromResultAsValueTask(pending.Result) : AwaitOutcomeAsync(pending);
        }
        catch (Exception failure)
        {
            return Outcome.FromExceptionAsValueTask<HttpResponseMessage>(failure);
        }
    }

    private static async ValueTask<Outcome<HttpResponseMessage>> AwaitOutcomeAsync(Task<HttpResponseMessage> pending)
    {
        try
        {
            return Outcome.FromResult(await pending);
        }
        catch (SocketException unmade)
        {
            // SocketsHttpHandler lets it through bare when a connection is reset between its making and its first use: nothing was sent.
            return Outcome.FromException<HttpResponseMessage>(new HttpRequestException(HttpRequestError.ConnectionError, unmade.Message, unmade));
        }
        catch (Exception failure)
        {
            return Outcome.FromException<HttpResponseMessage>(failure);
        }
    }
#pragma warning restore CA1031

    /// <summary>A request on its way through a handler.</summary>
    /// <param name="Handler">The handler.</param>
    /// <param name="Request">The request.</param>
    /// <param name="Attempt">Which attempt at it the caller is making, from 1.</param>
    /// <param name="Dependency">What to call the destination in errors; null where an outer handler knows.</param>
    protected readonly record struct Call(PipelineHandler Handler, HttpRequestMessage Request, int Attempt, string? Dependency);
}
