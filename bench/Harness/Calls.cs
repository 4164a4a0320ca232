using Polly;

namespace Resilience.Benchmarks.Harness;

/// <summary>Cases that make calls through a pipeline.</summary>
internal static class Calls
{
    private static readonly Func<ResilienceContext, int, ValueTask<Outcome<int>>> _atOnce = static (_, _) => Outcome.FromResultAsValueTask(1);

    /// <summary>Makes calls that succeed at once.</summary>
    public static Case AtOnce(string name, ResiliencePipeline<int> pipeline, int threads = 1) => Outcomes(name, pipeline, _atOnce, refused: false, threads);

    /// <summary>Makes calls that are under way when the pipeline returns, and succeed after that.</summary>
    public static Case Later(string name, ResiliencePipeline<int> pipeline) => new(name, async operations =>
    {
        var context = ResilienceContextPool.Shared.Get(CancellationToken.None);
        var result = new LaterResult<Outcome<int>>();
        for (var operation = 0; operation < operations; operation++)
        {
            var pending = pipeline.ExecuteOutcomeAsync(static (_, result) => result.BeginAsync(), context, result);
            if (pending.IsCompleted)
            {
                throw new InvalidOperationException($"{name} measures something else than it says.");
            }

            result.End(Outcome.FromResult(1));
            await pending;
        }

        ResilienceContextPool.Shared.Return(context);
    });

    /// <summary>Makes calls that the pipeline refuses, and looks at the outcome.</summary>
    public static Case Refused(string name, ResiliencePipeline<int> pipeline) => Outcomes(name, pipeline, _atOnce, refused: true);

    /// <summary>Makes calls that the pipeline refuses, and catches the exception.</summary>
    public static Case Thrown<TException>(string name, ResiliencePipeline<int> pipeline)
        where TException : Exception => new(name, async operations =>
    {
        for (var operation = 0; operation < operations; operation++)
        {
            try
            {
                await pipeline.ExecuteAsync(static _ => ValueTask.FromResult(1), CancellationToken.None);
                throw new InvalidOperationException($"{name} refused nothing.");
            }
            catch (TException)
            {
            }
        }
    });

    private static Case Outcomes(
        string name, ResiliencePipeline<int> pipeline, Func<ResilienceContext, int, ValueTask<Outcome<int>>> callback, bool refused, int threads = 1) =>
        new(
            name,
            async operations =>
            {
                var context = ResilienceContextPool.Shared.Get(CancellationToken.None);
                for (var operation = 0; operation < operations; operation++)
                {
                    if ((await pipeline.ExecuteOutcomeAsync(callback, context, 0)).Exception is null == refused)
                    {
                        throw new InvalidOperationException($"{name} measures something else than it says.");
                    }
                }

                ResilienceContextPool.Shared.Return(context);
            },
            threads);
}
