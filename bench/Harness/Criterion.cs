using System.Globalization;

namespace Resilience.Benchmarks.Harness;

/// <summary>One thing that a goal asks for.</summary>
/// <param name="Name">What is measured, when the goal asks for several things; empty for its first.</param>
/// <param name="Measured">What was measured; smaller is better.</param>
/// <param name="Goal">What it may be; infinity for what is shown only.</param>
/// <param name="Unit">The unit; empty for a ratio.</param>
internal sealed record Criterion(string Name, Band Measured, double Goal, string Unit = "")
{
    /// <summary>Gets whether it is met. Only a band that lies above the goal as a whole falls short: the rest is noise.</summary>
    public bool IsMet => Measured.Low <= Goal;

    public bool HasGoal => double.IsFinite(Goal);

    public string Word => IsMet ? "ok" : "short";

    /// <summary>Gets the comparison alone: <c>0.38 &lt;= 0.45</c>.</summary>
    public string Comparison => HasGoal ? $"{Show(Measured.Median)} <= {Show(Goal)}" : Show(Measured.Median);

    /// <summary>Gets how far the measurements spread, where they do.</summary>
    public string Spread => Show(Measured.Low) == Show(Measured.High) ? "" : $"{Show(Measured.Low)}–{Show(Measured.High)}";

    private string Show(double value) => Unit.Length == 0
        ? value.ToString(value >= 0.1 || value == 0 ? "0.00" : "0.000", CultureInfo.InvariantCulture)
        : value.ToString("0.#", CultureInfo.InvariantCulture) + " " + Unit;
}
