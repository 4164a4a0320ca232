namespace Resilience.Benchmarks.Harness;

/// <summary>What came out for a goal.</summary>
/// <param name="Criteria">What it asks for, the leading one first. None for something that is only shown.</param>
/// <param name="Rows">What each side cost.</param>
internal sealed record GoalResult(IReadOnlyList<Criterion> Criteria, IEnumerable<Row> Rows)
{
    public bool IsMet => Criteria.All(static criterion => criterion.IsMet);

    /// <summary>Gets the line for a goal: <c>G3 0.38 &lt;= 0.45 ok</c>, and in brackets what else it asks for.</summary>
    public string Line(string id)
    {
        var first = Criteria[0];
        string[] more =
        [
            .. first.Spread.Length == 0 ? [] : new[] { $"band {first.Spread}" },
            .. Criteria.Skip(1).Select(static criterion => $"{criterion.Name} {criterion.Comparison}{(criterion.HasGoal ? " " + criterion.Word : "")}"),
        ];
        return $"{id} {first.Comparison}{(first.HasGoal ? IsMet ? " ok" : " short" : "")}{(more.Length == 0 ? "" : $" ({string.Join(", ", more)})")}";
    }
}
