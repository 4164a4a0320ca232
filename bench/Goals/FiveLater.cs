using Resilience.Benchmarks.Harness;

namespace Resilience.Benchmarks.Goals;

internal sealed class FiveLater() : Goal("G2", "five strategies, success, the call completes later", "Polly's standard five")
{
    public override async Task<GoalResult> MeasureAsync(Stand stand)
    {
        var measured = await stand.CompareAsync(Calls.Later("ours", Fives.Ours<int>().Build()), Calls.Later("Polly", Fives.Pollys<int>().Build()));
        return new([new("", measured.TimeRatio, 0.70), new("bytes", measured.BytesRatio, 0.60)], measured.Rows);
    }
}
