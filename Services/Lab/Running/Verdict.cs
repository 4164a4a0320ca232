using System.Globalization;
using System.Text;
using System.Text.Json.Serialization;
using Lab.Conservation;

namespace Lab.Running;

/// <summary>How far a run came.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<RunStatus>))]
public enum RunStatus
{
    /// <summary>It couldn't be carried out: the shop wasn't in its steady state before, or a step failed.</summary>
    Failed,

    /// <summary>An abort condition, or the caller, ended it early.</summary>
    Aborted,

    /// <summary>It ran to its end. Whether the shop did what was expected is another question: see <see cref="Verdict.Deviated"/>.</summary>
    Completed,
}

/// <summary>When a probe was measured.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<Phase>))]
public enum Phase
{
    /// <summary>Before the method.</summary>
    Before,

    /// <summary>During the method.</summary>
    During,

    /// <summary>After the rollbacks.</summary>
    After,
}

/// <summary>One measurement of a run.</summary>
/// <param name="Phase">When it was made.</param>
/// <param name="Name">What was measured.</param>
/// <param name="Expected">The tolerance, as text.</param>
/// <param name="Value">The number; null for one that JSON has no word for.</param>
/// <param name="Detail">What helps to explain it.</param>
/// <param name="Holds">Whether it is within the tolerance.</param>
/// <param name="At">The time.</param>
public sealed record ProbeResult(Phase Phase, string Name, string Expected, double? Value, string? Detail, bool Holds, DateTimeOffset At)
{
    /// <inheritdoc />
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{(Holds ? "ok  " : "FAIL")} {Phase}: {Name} is {Value:0.###} (expected: {Expected}){(Detail is null ? "" : $": {Detail}")}");
}

/// <summary>One step of a run.</summary>
/// <param name="Name">The step.</param>
/// <param name="IsRollback">Whether it is a rollback, and not part of the method.</param>
/// <param name="Began">When it began.</param>
/// <param name="Ended">When it ended.</param>
/// <param name="Error">The failure; null when there was none.</param>
public sealed record StepResult(string Name, bool IsRollback, DateTimeOffset Began, DateTimeOffset Ended, string? Error);

/// <summary>What came out of a run.</summary>
public sealed record Verdict
{
    /// <summary>Gets the experiment's name.</summary>
    public required string Experiment { get; init; }

    /// <summary>Gets the experiment's title.</summary>
    public required string Title { get; init; }

    /// <summary>Gets the seed of the load.</summary>
    public required int Seed { get; init; }

    /// <summary>Gets the load's rate.</summary>
    public required double OrdersPerSecond { get; init; }

    /// <summary>Gets how far the run came.</summary>
    public required RunStatus Status { get; init; }

    /// <summary>Gets why it came no further; null when it completed.</summary>
    public required string? Reason { get; init; }

    /// <summary>Gets a value indicating whether the shop did something else than expected: in the hypothesis, in the steady state after the method, or in its books.</summary>
    public required bool Deviated { get; init; }

    /// <summary>Gets when it began.</summary>
    public required DateTimeOffset Began { get; init; }

    /// <summary>Gets when it ended.</summary>
    public required DateTimeOffset Ended { get; init; }

    /// <summary>Gets the steps that ran.</summary>
    public required IReadOnlyList<StepResult> Steps { get; init; }

    /// <summary>Gets every measurement.</summary>
    public required IReadOnlyList<ProbeResult> Probes { get; init; }

    /// <summary>Gets the broken invariants.</summary>
    public required IReadOnlyList<Violation> Violations { get; init; }

    /// <summary>Gets the run's figures; null when it didn't come that far.</summary>
    public required string? Figures { get; init; }

    /// <summary>Gets a value indicating whether the run completed, and the shop did what was expected.</summary>
    [JsonIgnore]
    public bool IsAsExpected => Status is RunStatus.Completed && !Deviated;

    /// <summary>Writes the verdict for a console or a test's output.</summary>
    /// <returns>Some lines; of the probes during the method, those that a tolerance didn't accept aren't failures.</returns>
    public override string ToString()
    {
        var text = new StringBuilder();
        text.AppendLine(CultureInfo.InvariantCulture, $"{Experiment}: {Status}{(Deviated ? ", deviated" : "")}, seed {Seed}, {OrdersPerSecond:F1} orders a second, {(Ended - Began).TotalSeconds:F1} s.{(Reason is null ? "" : $" {Reason}")}");
        foreach (var line in Figures is null ? [] : Figures.Split('\n'))
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"  {line}");
        }

        foreach (var probe in Probes.Where(static probe => probe.Phase is not Phase.During))
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"  {probe}");
        }

        foreach (var during in Probes.Where(static probe => probe.Phase is Phase.During).GroupBy(static probe => probe.Name, StringComparer.Ordinal))
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"       During: {during.Key} was as expected in {during.Count(static probe => probe.Holds)} of {during.Count()} measurements");
        }

        foreach (var step in Steps)
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"  {(step.Began - Began).TotalSeconds,6:F1} s {(step.IsRollback ? "rollback" : "method")}: {step.Name} ({(step.Ended - step.Began).TotalSeconds:F1} s){(step.Error is null ? "" : $": {step.Error}")}");
        }

        foreach (var violation in Violations)
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"  {violation.Invariant}: {violation.Detail}");
        }

        return text.ToString();
    }
}
