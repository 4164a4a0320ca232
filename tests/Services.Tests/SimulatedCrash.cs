using System.Diagnostics.CodeAnalysis;
using Polly;
using Polly.Registry;

namespace Services.Tests;

/// <summary>The process is gone.</summary>
public sealed class SimulatedCrashException : Exception;

/// <summary>Ends a process before or after any of its calls to the database or to a neighbour, and it does nothing from then on.</summary>
internal sealed class SimulatedCrash : ResiliencePipelineProvider<string>
{
    private volatile int _left = int.MaxValue;

    public bool Happened => _left <= 0;

    /// <summary>Starts the process anew, and says when it ends: before its first call is 1, after that is 2, and so on.</summary>
    public void Arm(int step) => _left = step;

    private void Step()
    {
        if (Interlocked.Decrement(ref _left) <= 0)
        {
            throw new SimulatedCrashException();
        }
    }

    public override bool TryGetPipeline(string key, [NotNullWhen(true)] out ResiliencePipeline? pipeline)
    {
        pipeline = new ResiliencePipelineBuilder().AddStrategy(_ => new Strategy(this), new Options()).Build();
        return true;
    }

    public override bool TryGetPipeline<TResult>(string key, [NotNullWhen(true)] out ResiliencePipeline<TResult>? pipeline) =>
        throw new NotSupportedException();

    /// <summary>Sends, if the process still does.</summary>
    public HttpMessageHandler Around(HttpMessageHandler inner) => new Handler(this) { InnerHandler = inner };

    private sealed class Options : ResilienceStrategyOptions;

    private sealed class Strategy(SimulatedCrash crash) : ResilienceStrategy
    {
        protected override async ValueTask<Outcome<TResult>> ExecuteCore<TResult, TState>(
            Func<ResilienceContext, TState, ValueTask<Outcome<TResult>>> callback, ResilienceContext context, TState state)
        {
            try
            {
                crash.Step();
                var outcome = await callback(context, state);
                crash.Step();
                return outcome;
            }
            catch (SimulatedCrashException end)
            {
                return Outcome.FromException<TResult>(end);
            }
        }
    }

    private sealed class Handler(SimulatedCrash crash) : DelegatingHandler
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            crash.Step();
            var reply = await base.SendAsync(request, cancellationToken);
            crash.Step();
            return reply;
        }
    }
}
