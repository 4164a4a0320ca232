using System.ComponentModel.DataAnnotations;

namespace Resilience.Pipelines;

/// <summary>Holds pipelines to the order of <see cref="PipelineStage"/>.</summary>
public static class PipelineOrder
{
    /// <summary>Refuses a pipeline that is in another order, or has a stage twice.</summary>
    /// <param name="pipeline">The pipeline's name.</param>
    /// <param name="stages">Its stages from the outside in. Any may be missing.</param>
    /// <exception cref="ValidationException">A stage is inside one that it belongs outside of, or stands there twice.</exception>
    public static void Ensure(string pipeline, params ReadOnlySpan<PipelineStage> stages)
    {
        for (var index = 1; index < stages.Length; index++)
        {
            var (outer, inner) = (stages[index - 1], stages[index]);
            if (outer == inner)
            {
                throw Refuse(pipeline, $"it has {inner} twice, which multiplies it. Take one out");
            }

            if (outer > inner)
            {
                throw Refuse(pipeline, $"{inner} is inside {outer}. Put it outside; from the outside in, the order is {string.Join(" → ", Enum.GetNames<PipelineStage>())}");
            }
        }
    }

    private static ValidationException Refuse(string pipeline, string why) => new($"The pipeline {pipeline} can't be built: {why}.");
}
