using System.Collections.Concurrent;
using Lab.Conservation;

namespace Lab.Running;

/// <summary>Collects what a verdict says.</summary>
/// <remarks>Safe for concurrent use.</remarks>
internal sealed class RunRecord(TimeProvider clock)
{
    private readonly ConcurrentQueue<ProbeResult> _probes = [];
    private readonly ConcurrentQueue<StepResult> _steps = [];
    private readonly Lock _ending = new();
    private readonly DateTimeOffset _began = clock.GetUtcNow();
    private RunStatus _status = RunStatus.Completed;
    private string? _reason;
    private IReadOnlyList<Violation> _violations = [];

    public bool IsCompleted => _status is RunStatus.Completed;

    public void Add(ProbeResult result) => _probes.Enqueue(result);

    public void Add(StepResult result) => _steps.Enqueue(result);

    public void Add(IReadOnlyList<Violation> violations) => _violations = violations;

    public void Fail(string reason) => End(RunStatus.Failed, reason);

    public void Abort(string reason) => End(RunStatus.Aborted, reason);

    public Verdict Conclude(ExperimentRun run) => new()
    {
        Experiment = run.Experiment.Name,
        Title = run.Experiment.Title,
        Seed = run.Seed,
        OrdersPerSecond = run.OrdersPerSecond,
        Status = _status,
        Reason = _reason,
        Deviated = _violations.Count > 0 || _probes.Any(static probe => probe is { Phase: Phase.After, Holds: false }),
        Began = _began,
        Ended = clock.GetUtcNow(),
        Steps = [.. _steps],
        Probes = [.. _probes],
        Violations = _violations,
        Figures = IsCompleted ? FiguresOf(run) : null,
    };

    // Figures speak of what was expected; of a run that deviated there may be nothing to say.
    private static string FiguresOf(ExperimentRun run)
    {
        try
        {
            return run.Experiment.Figures(run);
        }
        catch (Exception missing) when (missing is InvalidOperationException or KeyNotFoundException or ArgumentException)
        {
            return $"There are no figures: {missing.Message}";
        }
    }

    // The first reason is the cause; what comes after it follows from it.
    private void End(RunStatus status, string reason)
    {
        lock (_ending)
        {
            if (IsCompleted)
            {
                (_status, _reason) = (status, reason);
            }
        }
    }
}
