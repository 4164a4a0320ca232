using Polly;
using Resilience.Benchmarks.Harness;

namespace Resilience.Benchmarks.Goals;

/// <summary>Honesty: what protection costs at all, where we can only lose.</summary>
internal sealed class AgainstNothing() : Goal("H1", "five strategies beside none", "Polly's empty pipeline")
{
    public override async Task<GoalResult> MeasureAsync(Stand stand)
    {
        var measured = await stand.CompareAsync(Calls.AtOnce("ours", Fives.Ours<int>().Build()), Calls.AtOnce("empty", ResiliencePipeline<int>.Empty));
        return new([new("", measured.TimeRatio, double.PositiveInfinity)], measured.Rows);
    }
}
