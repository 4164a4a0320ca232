using Resilience.Benchmarks.Harness;

namespace Resilience.Benchmarks.Goals;

internal sealed class FiveAtOnce() : Goal("G1", "five strategies, success, completing at once", "Polly's standard five")
{
    public override async Task<GoalResult> MeasureAsync(Stand stand)
    {
        var measured = await stand.CompareAsync(Calls.AtOnce("ours", Fives.Ours<int>().Build()), Calls.AtOnce("Polly", Fives.Pollys<int>().Build()));
        return new([new("", measured.TimeRatio, 0.40), new("allocates", measured.Bytes, 0, "B")], measured.Rows);
    }
}
