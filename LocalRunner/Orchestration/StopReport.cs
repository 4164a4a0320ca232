namespace LocalRunner.Orchestration;

/// <summary>What was stopped.</summary>
/// <param name="Stopped">The instances, in the order in which they were asked to stop.</param>
/// <param name="Killed">Those of them that did not stop in time.</param>
/// <param name="Took">How long it took.</param>
internal sealed record StopReport(IReadOnlyList<string> Stopped, IReadOnlyList<string> Killed, TimeSpan Took)
{
    public static StopReport Nothing { get; } = new([], [], TimeSpan.Zero);
}
