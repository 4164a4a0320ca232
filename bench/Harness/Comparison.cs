namespace Resilience.Benchmarks.Harness;

/// <summary>The rounds of some cases that were measured in turn: a round's samples stand at the same place of each list.</summary>
/// <param name="cases">The cases: ours, the rival and, if both add to it, what they are added to.</param>
/// <param name="rounds">For each case, a sample for each round.</param>
internal sealed class Comparison(IReadOnlyList<Case> cases, IReadOnlyList<Sample>[] rounds)
{
    /// <summary>Gets how much of the rival's time ours takes; of what each adds, if there is something to add to.</summary>
    public Band TimeRatio => RatioOf(static sample => sample.Nanoseconds);

    /// <summary>Gets how much of the rival's bytes ours takes; of what each adds, if there is something to add to.</summary>
    public Band BytesRatio => RatioOf(static sample => sample.Bytes);

    /// <summary>Gets what ours allocates: the least of all rounds, since the runtime's own allocations fall into some of them.</summary>
    public Band Bytes => Band.Exactly(Math.Round(rounds[0].Min(static sample => sample.Bytes), 1));

    /// <summary>Gets a row for each case.</summary>
    public IEnumerable<Row> Rows => cases.Zip(rounds, static (measured, samples) => new Row(
        measured.Name, Band.Of(samples.Select(static sample => sample.Nanoseconds)).Median, samples.Min(static sample => sample.Bytes)));

    /// <summary>Gets a ratio of what the cases cost, from each round's samples in the order of the cases.</summary>
    public Band Ratio(Func<IReadOnlyList<Sample>, double> ratio) =>
        Band.Of(Enumerable.Range(0, rounds[0].Count).Select(round => ratio([.. rounds.Select(samples => samples[round])])));

    private Band RatioOf(Func<Sample, double> cost) => Ratio(samples =>
    {
        var added = samples.Count > 2 ? cost(samples[2]) : 0;
        return (cost(samples[0]) - added) / (cost(samples[1]) - added);
    });
}
