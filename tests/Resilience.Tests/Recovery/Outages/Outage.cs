using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Time.Testing;
using Resilience.Health;
using Resilience.Recovery;

namespace Resilience.Tests.Recovery.Outages;

/// <summary>What an outage cost.</summary>
/// <param name="TimeToRecover">From its beginning until less than a twentieth of the calls fail for good; null when that doesn't come within the time simulated.</param>
/// <param name="Goodput">The share of all calls that succeeded from its beginning on.</param>
/// <param name="Actions">How often the recovery acted.</param>
internal sealed record OutageReport(TimeSpan? TimeToRecover, double Goodput, int Actions);

/// <summary>A system that breaks, at virtual time and by a seed; the recovery, probes and patterns in it are the real ones.</summary>
internal abstract class Outage : IDisposable
{
    protected static readonly TimeSpan Begins = TimeSpan.FromMinutes(1);

    private readonly List<(TimeSpan At, int Good, int Bad)> _seconds = [];
    private readonly List<HealthProbe> _probes = [];
    private readonly FakeTimeProvider _clock = new();

    protected Outage(bool recovers)
    {
        var random = new Random(20_26);
        Draw = random.NextDouble;
        Clock = new(_clock);
        Recovery = new("simulated", new() { Mode = recovers ? RecoveryMode.Act : RecoveryMode.Off }, Clock, Draw);
    }

    /// <summary>The clock that everything runs on.</summary>
    protected JumpingTime Clock { get; }

    protected Func<double> Draw { get; }

    protected RecoveryOrchestrator Recovery { get; }

    /// <summary>How long has been simulated.</summary>
    protected TimeSpan Now { get; private set; }

    protected virtual TimeSpan Step => TimeSpan.FromSeconds(0.5);

    public OutageReport Run(TimeSpan horizon)
    {
        Prepare();
        Recovery.Start();
        while (Now < horizon)
        {
            _clock.Advance(Step);
            Now += Step;
            var (good, bad) = Serve();
            _seconds.Add((Now, good, bad));
        }

        return Report(horizon);
    }

    public void Dispose()
    {
        Recovery.Dispose();
        _probes.ForEach(static probe => probe.Dispose());
    }

    /// <summary>Adds the procedures.</summary>
    protected abstract void Prepare();

    /// <summary>Lives one step.</summary>
    /// <returns>How many calls ended well in it, and how many badly.</returns>
    protected abstract (int Good, int Bad) Serve();

    protected HealthProbe Probe(string name, Func<bool> isWell)
    {
        var probe = new HealthProbe(name, _ => Task.FromResult(isWell() ? HealthCheckResult.Healthy() : HealthCheckResult.Unhealthy("no answer")), new(), time: Clock, draw: Draw);
        _probes.Add(probe);
        probe.Start();
        return probe;
    }

    private OutageReport Report(TimeSpan horizon)
    {
        var after = _seconds.Where(static second => second.At > Begins).ToList();
        var lastBad = after.Where(static second => second.Bad * 20 > second.Good + second.Bad).Select(static second => (TimeSpan?)second.At).LastOrDefault() ?? Begins;
        var acts = Recovery.Snapshot().Records.Count(static record => record.Result is RecoveryResult.Verified or RecoveryResult.Unverified or RecoveryResult.Failed or RecoveryResult.Abandoned);
        double good = after.Sum(static second => second.Good);
        return new(lastBad > horizon - TimeSpan.FromMinutes(1) ? null : lastBad - Begins, good / (good + after.Sum(static second => second.Bad)), acts);
    }
}
