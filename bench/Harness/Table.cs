using System.Globalization;
using System.Text;

namespace Resilience.Benchmarks.Harness;

/// <summary>Writes all results as a table in Markdown.</summary>
internal static class Table
{
    public static string Write(IEnumerable<(Goal Goal, GoalResult Result)> results)
    {
        var text = new StringBuilder()
            .AppendLine("| # | what is measured | against | goal | measured | 25–75 % | verdict | each side |")
            .AppendLine("|---|---|---|---|---|---|---|---|");
        foreach (var (goal, result) in results)
        {
            var first = true;
            foreach (var criterion in result.Criteria)
            {
                var (measured, limit) = Split(criterion.Comparison);
                string[] cells =
                [
                    first ? goal.Id : "",
                    first ? goal.What : criterion.Name,
                    first ? goal.Against : "",
                    limit,
                    measured,
                    criterion.Spread,
                    criterion.HasGoal ? criterion.Word : "shown only",
                    first ? Sides(result) : "",
                ];
                text.AppendLine(CultureInfo.InvariantCulture, $"| {string.Join(" | ", cells)} |");
                first = false;
            }
        }

        return text.ToString();
    }

    public static string Sides(GoalResult result) => string.Join("; ", result.Rows.Select(static row => row.Nanoseconds == 0
        ? string.Create(CultureInfo.InvariantCulture, $"{row.Name}{(row.Bytes == 0 ? "" : $" {row.Bytes:0.#} B")}")
        : string.Create(CultureInfo.InvariantCulture, $"{row.Name} {row.Nanoseconds:#,0.#} ns, {row.Bytes:#,0.#} B")));

    private static (string Measured, string Goal) Split(string comparison) =>
        comparison.Split(" <= ") is [var measured, var goal] ? (measured, "≤ " + goal) : (comparison, "");
}
