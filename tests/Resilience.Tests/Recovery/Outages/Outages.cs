using Resilience.Bulkheads;
using Resilience.CircuitBreakers;
using Resilience.Memory;
using Resilience.Outcomes;
using Resilience.Pipelines;
using Resilience.Tests.Memory;

namespace Resilience.Tests.Recovery.Outages;

/// <summary>A process dies, and nobody starts it again but an operator, who comes after twenty minutes. A start takes five seconds.</summary>
/// <param name="recovers">Whether the recovery acts.</param>
/// <param name="helps">Whether a start helps.</param>
/// <param name="jump">How far the wall clock jumps in the middle of it, forth and then back twice as far.</param>
internal sealed class Crash(bool recovers, bool helps = true, TimeSpan jump = default) : Outage(recovers)
{
    private static readonly TimeSpan _operator = Begins + TimeSpan.FromMinutes(20);
    private TimeSpan _upAt;
    private bool _hasCrashed;
    private bool _isDown;

    protected override void Prepare() => Recovery.Add(RecoveryProcedures.RestartResource(Probe("orders", () => !_isDown), _ =>
    {
        _upAt = Now + TimeSpan.FromSeconds(5);
        return default;
    }));

    protected override (int Good, int Bad) Serve()
    {
        if (Now >= Begins && !_hasCrashed)
        {
            (_hasCrashed, _isDown, _upAt) = (true, true, helps ? _operator : TimeSpan.MaxValue);
        }

        var since = Now - Begins;
        Clock.Off = since < TimeSpan.FromSeconds(3) ? TimeSpan.Zero : since < TimeSpan.FromSeconds(9) ? jump : -jump;
        _isDown = _isDown && (!helps || Now < _upAt);
        return _isDown ? (0, 5) : (5, 0);
    }
}

/// <summary>What is called is away for five minutes. The breaker's breaks grow to two minutes meanwhile, and the last one begins shortly before it is back.</summary>
internal sealed class LongBreak : Outage
{
    private static readonly TimeSpan _back = Begins + TimeSpan.FromMinutes(5);
    private readonly CircuitBreaker _breaker;

    public LongBreak(bool recovers)
        : base(recovers) => _breaker = new("payments", new() { Draw = Draw }, Clock);

    private bool IsAway => Now >= Begins && Now < _back;

    protected override void Prepare() => Recovery.Add(RecoveryProcedures.ResetBreaker(_breaker, Probe("payments", () => !IsAway)));

    protected override (int Good, int Bad) Serve()
    {
        var good = 0;
        for (var call = 0; call < 10; call++)
        {
            if (_breaker.TryEnter(out var token))
            {
                _breaker.Exit(token, IsAway ? CallResult.Failure : CallResult.Success);
                good += IsAway ? 0 : 1;
            }
        }

        return (good, 10 - good);
    }
}

/// <summary>
/// A brown-out that keeps itself up: what is called gets slower the more it works on at a time. Half a minute of slowness fills the bulkhead, and with so many at a time it
/// never gets fast again, until an operator stops the traffic for a minute after twenty.
/// </summary>
internal sealed class BrownOut : Outage
{
    private const double CallsPerStep = 3; // 60 a second; the most it can do is 100, at twenty at a time
    private static readonly TimeSpan _service = TimeSpan.FromSeconds(0.1);
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(0.3);
    private readonly Bulkhead _bulkhead;
    private readonly PriorityQueue<(Permit Permit, TimeSpan Began), TimeSpan> _running = new();
    private readonly Queue<(int Good, int Bad)> _recent = new();

    public BrownOut(bool recovers)
        : base(recovers) => _bulkhead = new("stock", new() { MaxConcurrency = 100 }, Clock);

    protected override TimeSpan Step => TimeSpan.FromSeconds(0.05);

    protected override void Prepare() => Recovery.Add(RecoveryProcedures.TightenBulkhead(_bulkhead, () => _recent.Sum(static step => step.Bad) > _recent.Sum(static step => step.Good), least: 5));

    protected override (int Good, int Bad) Serve()
    {
        var (good, bad) = (0, 0);
        while (_running.TryPeek(out var call, out var ends) && ends <= Now)
        {
            _running.Dequeue();
            call.Permit.Dispose();
            (good, bad) = ends - call.Began <= _patience ? (good + 1, bad) : (good, bad + 1);
        }

        var isStopped = Now >= Begins + TimeSpan.FromMinutes(20) && Now < Begins + TimeSpan.FromMinutes(21);
        for (var call = 0; call < CallsPerStep && !isStopped; call++)
        {
            if (_bulkhead.TryAcquire(out var permit))
            {
                var slow = Now >= Begins && Now < Begins + TimeSpan.FromSeconds(30) ? 10 : 1;
                _running.Enqueue((permit, Now), Now + (_service * slow * (1 + Math.Pow(_bulkhead.Snapshot().InUse / 20.0, 2)) * (0.9 + (0.2 * Draw()))));
            }
            else
            {
                bad++;
            }
        }

        _recent.Enqueue((good, bad));
        if (_recent.Count > 60)
        {
            _recent.Dequeue();
        }

        return (good, bad);
    }
}

/// <summary>A cache takes a megabyte a second and gives none back. At 95 % of the memory there is, the process only collects; an operator restarts it twenty minutes after that.</summary>
internal sealed class SlowLeak : Outage
{
    private readonly ScriptedMemory _machine = new() { Used = 100 };
    private readonly MemoryManager _memory;
    private double _leaked;
    private TimeSpan? _failedAt;

    public SlowLeak(bool recovers)
        : base(recovers) => _memory = new("service", source: _machine, timeProvider: Clock);

    protected override void Prepare() => Recovery.Add(RecoveryProcedures.TrimMemory(_memory, () => _leaked = 0));

    protected override (int Good, int Bad) Serve()
    {
        _leaked += Now >= Begins ? Step.TotalSeconds : 0;
        _leaked = _failedAt is { } failed && Now >= failed + TimeSpan.FromMinutes(20) ? 0 : _leaked;
        _machine.Used = 100 + (long)_leaked;
        var isFailing = _machine.Used > 950;
        _failedAt = isFailing ? _failedAt ?? Now : null;
        return isFailing ? (0, 5) : (5, 0);
    }
}

/// <summary>
/// Clients call again up to three times what failed, and what is overloaded does less than it could. After half a minute of double load the repetitions alone keep it down, and a
/// restart throws away what little it does, until an operator sheds the load for half a minute after twenty.
/// </summary>
internal sealed class RetryStorm(bool recovers) : Outage(recovers)
{
    private const double Capacity = 50; // calls a step
    private const double Load = 35;
    private readonly double[] _attempts = new double[4];
    private double _failing;
    private TimeSpan _upAt;

    protected override void Prepare() => Recovery.Add(RecoveryProcedures.RestartResource(Probe("stock", () => _failing < 0.5), _ =>
    {
        _upAt = Now + TimeSpan.FromSeconds(5);
        return default;
    }));

    protected override (int Good, int Bad) Serve()
    {
        var since = Now - Begins;
        var load = since >= TimeSpan.Zero && since < TimeSpan.FromSeconds(30) ? 2 * Load
            : since >= TimeSpan.FromMinutes(20) && since < TimeSpan.FromMinutes(20.5) ? Load / 10
            : Load;
        var lost = _attempts[^1] * _failing;
        for (var attempt = _attempts.Length - 1; attempt > 0; attempt--)
        {
            _attempts[attempt] = _attempts[attempt - 1] * _failing;
        }

        _attempts[0] = load;
        var all = _attempts.Sum();
        _failing = Now < _upAt ? 1 : all <= Capacity ? 0 : 1 - Math.Pow(Capacity / all, 4);
        return ((int)(all * (1 - _failing)), (int)lost);
    }
}
