using Polly;
using Resilience.Pipelines;

namespace Resilience.Benchmarks.Goals;

/// <summary>The least that a handler does: it finds the destination's pipeline and sends through it.</summary>
/// <remarks>ServiceDefaults' handlers do more: they begin a deadline, and write the headers of the deadline and of the attempt. G17 shows what they add beside this.</remarks>
/// <param name="pipelines">A pipeline for each destination.</param>
internal sealed class PipelineHandler(PartitionedPipelines<(string Host, int Port), ResiliencePipeline<HttpResponseMessage>> pipelines) : DelegatingHandler
{
    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var context = ResilienceContextPool.Shared.Get(cancellationToken);
        var pending = pipelines.Get((request.RequestUri!.Host, request.RequestUri.Port)).ExecuteOutcomeAsync(
            static (context, call) => call.Handler.AttemptAsync(call.Request, context.CancellationToken), context, (Handler: this, Request: request));
        return pending.IsCompletedSuccessfully ? FinishAsync(pending.Result, context) : AwaitAsync(pending, context);
    }

    private static Task<HttpResponseMessage> FinishAsync(Outcome<HttpResponseMessage> outcome, ResilienceContext context)
    {
        ResilienceContextPool.Shared.Return(context);
        return outcome.Exception is { } exception ? Task.FromException<HttpResponseMessage>(exception) : Task.FromResult(outcome.Result!);
    }

    private static async Task<HttpResponseMessage> AwaitAsync(ValueTask<Outcome<HttpResponseMessage>> pending, ResilienceContext context)
    {
        var outcome = await pending;
        ResilienceContextPool.Shared.Return(context);
        outcome.ThrowIfException();
        return outcome.Result!;
    }

    private ValueTask<Outcome<HttpResponseMessage>> AttemptAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        try
        {
            var pending = base.SendAsync(request, cancellationToken);
            return pending.IsCompletedSuccessfully ? Outcome.FromResultAsValueTask(pending.Result) : AwaitAsync(pending);
        }
        catch (Exception exception)
        {
            return Outcome.FromExceptionAsValueTask<HttpResponseMessage>(exception);
        }

        static async ValueTask<Outcome<HttpResponseMessage>> AwaitAsync(Task<HttpResponseMessage> pending)
        {
            try
            {
                return Outcome.FromResult(await pending);
            }
            catch (Exception exception)
            {
                return Outcome.FromException<HttpResponseMessage>(exception);
            }
        }
    }
}
