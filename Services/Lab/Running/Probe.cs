using System.Globalization;

namespace Lab.Running;

/// <summary>A measurement and the range that it is expected in.</summary>
/// <param name="Name">What is measured.</param>
/// <param name="Tolerance">What is expected.</param>
/// <param name="Measure">Measures it.</param>
public sealed record Probe(string Name, Tolerance Tolerance, Func<ExperimentRun, CancellationToken, Task<Measurement>> Measure)
{
    /// <summary>Gets a value indicating whether it is also measured every second during the method, for the record, where it is part of the steady state.</summary>
    public bool IsSampled { get; init; } = true;

    /// <summary>Makes a probe of what the run has recorded.</summary>
    /// <param name="name">What is measured.</param>
    /// <param name="tolerance">What is expected.</param>
    /// <param name="measure">Measures it.</param>
    /// <returns>The probe.</returns>
    public static Probe Of(string name, Tolerance tolerance, Func<ExperimentRun, Measurement> measure) =>
        new(name, tolerance, (run, _) => Task.FromResult(measure(run)));
}

/// <summary>What a probe measured.</summary>
/// <param name="Value">The number; NaN when there was nothing to measure, which no tolerance accepts.</param>
/// <param name="Detail">What helps to explain it.</param>
public readonly record struct Measurement(double Value, string? Detail = null)
{
    /// <summary>Makes a measurement of a number.</summary>
    /// <param name="value">The number.</param>
    public static implicit operator Measurement(double value) => new(value);

    /// <summary>Makes a measurement of a time, in seconds.</summary>
    /// <param name="value">The time.</param>
    public static implicit operator Measurement(TimeSpan value) => new(value.TotalSeconds);

    /// <summary>Makes a measurement of a condition: 1 if it holds, else 0.</summary>
    /// <param name="holds">Whether it holds.</param>
    public static implicit operator Measurement(bool holds) => new(holds ? 1 : 0);

    /// <summary>Counts what there should be none of, and lists the first ones.</summary>
    /// <typeparam name="T">What is counted.</typeparam>
    /// <param name="all">All of them.</param>
    /// <returns>Their number.</returns>
    public static Measurement CountOf<T>(IEnumerable<T> all)
    {
        const int Shown = 5;
        var counted = all.ToList();
        return new(counted.Count, counted.Count == 0 ? null : string.Join("; ", counted.Take(Shown)));
    }
}

/// <summary>The range that a measurement is expected in, ends included.</summary>
/// <param name="Least">The least that is accepted.</param>
/// <param name="Most">The most that is accepted.</param>
/// <param name="Unit">The unit, in UCUM's words; empty for a plain number.</param>
public sealed record Tolerance(double Least, double Most, string Unit = "")
{
    /// <summary>Gets a tolerance for a condition that has to hold.</summary>
    public static Tolerance Yes { get; } = Exactly(1);

    /// <summary>Gets a tolerance for what there must be none of.</summary>
    public static Tolerance None { get; } = Exactly(0);

    /// <summary>Gets a tolerance for what there must be some of.</summary>
    public static Tolerance Some { get; } = AtLeast(1);

    /// <summary>Accepts one value.</summary>
    /// <param name="value">The value.</param>
    /// <returns>The tolerance.</returns>
    public static Tolerance Exactly(double value) => new(value, value);

    /// <summary>Accepts a value and all above it.</summary>
    /// <param name="value">The value.</param>
    /// <param name="unit">The unit.</param>
    /// <returns>The tolerance.</returns>
    public static Tolerance AtLeast(double value, string unit = "") => new(value, double.PositiveInfinity, unit);

    /// <summary>Accepts a value and all below it.</summary>
    /// <param name="value">The value.</param>
    /// <param name="unit">The unit.</param>
    /// <returns>The tolerance.</returns>
    public static Tolerance AtMost(double value, string unit = "") => new(double.NegativeInfinity, value, unit);

    /// <summary>Accepts a time up to a limit.</summary>
    /// <param name="limit">The limit.</param>
    /// <returns>The tolerance, in seconds.</returns>
    public static Tolerance Within(TimeSpan limit) => AtMost(limit.TotalSeconds, "s");

    /// <summary>Says whether a value is accepted.</summary>
    /// <param name="value">The value.</param>
    /// <returns>True if it is; NaN never is.</returns>
    public bool Accepts(double value) => value >= Least && value <= Most;

    /// <inheritdoc />
    public override string ToString() => (Least == Most, double.IsNegativeInfinity(Least), double.IsPositiveInfinity(Most)) switch
    {
        (true, _, _) => Show(Least),
        (_, true, _) => $"at most {Show(Most)}",
        (_, _, true) => $"at least {Show(Least)}",
        _ => $"from {Show(Least)} to {Show(Most)}",
    };

    private string Show(double value) => $"{value.ToString("0.###", CultureInfo.InvariantCulture)} {Unit}".TrimEnd();
}
