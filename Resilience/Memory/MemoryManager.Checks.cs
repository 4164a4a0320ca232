using Resilience.Telemetry;

namespace Resilience.Memory;

/// <content>What a look at memory leads to.</content>
public sealed partial class MemoryManager
{
    private const int Stages = (int)MemoryStage.ShedLoad + 1;
    private const double FallsUnder = 0.95; // a level is left only when memory is this far under its limit: no flapping at the edge

    private readonly Lock _lock = new();
    private readonly long[] _runs = new long[Stages];
    private Registered[] _actions = [];
    private LastLook _view;
    private int _isChecking;
    private int _reached; // how many stages the pressure that lasts has brought about

    /// <summary>Adds something that gives memory back.</summary>
    /// <param name="stage">When it comes.</param>
    /// <param name="action">
    /// Gives back what it can spare, on the thread that looks at memory; <see cref="MemoryPressure.Severity"/> says how much. What it throws is swallowed and counted.
    /// </param>
    /// <returns>Dispose it to take the action out again.</returns>
    public IDisposable Register(MemoryStage stage, Action<MemoryPressure> action)
    {
        ArgumentNullException.ThrowIfNull(action);
        if (!Enum.IsDefined(stage))
        {
            throw new ArgumentOutOfRangeException(nameof(stage), stage, $"A stage is one of {string.Join(", ", Enum.GetNames<MemoryStage>())}.");
        }

        var registered = new Registered(this, stage, action);
        lock (_lock)
        {
            _actions = [.. _actions, registered];
        }

        return registered;
    }

    /// <summary>Looks at memory now, and does what is to be done. Does nothing while another look is under way.</summary>
    /// <returns>How short memory is afterwards.</returns>
    public MemoryLevel Check()
    {
        if (Interlocked.Exchange(ref _isChecking, 1) != 0)
        {
            return Level;
        }

        try
        {
            var before = Level;
            Look();
            if (Level == MemoryLevel.Ample)
            {
                _reached = 0;
                if (before != MemoryLevel.Ample)
                {
                    Run(MemoryStage.ShedLoad);
                }
            }
            else
            {
                Relieve();
            }

            return Level;
        }
        finally
        {
            Volatile.Write(ref _isChecking, 0);
        }
    }

    // What is given up shows in a reading only after the runtime's next collection, so each stage is given until the next look to work.
    private void Relieve()
    {
        _reached = Level == MemoryLevel.Hard ? Stages + 1 : Math.Min(_reached + 1, Stages + 1);
        for (var stage = 0; stage < Math.Min(_reached, Stages); stage++)
        {
            Run((MemoryStage)stage);
        }

        if (_reached > Stages && _collections.TryBegin(_clock.Now, _all.Bytes))
        {
            var used = _view.Used;
            _source.Collect();
            Look();
            _collections.End(used, _view.Used, _all.Bytes);
        }
    }

    private void Look()
    {
        var last = _view;
        var now = View(_source.Read(), last.Level);
        Volatile.Write(ref _view, now);
        if (now.Reading.FullCollections != last.Reading.FullCollections)
        {
            foreach (var account in _accounts.Values)
            {
                account.Sample(_clock.Now);
            }
        }
    }

    private LastLook View(MemoryReading reading, MemoryLevel before)
    {
        // The heap's own bound may lie under the container's: whichever is nearer counts.
        var process = new LastLook(reading, reading.Used, _options.SoftLimit.In(reading.Available), _options.HardLimit.In(reading.Available), _all.Bytes);
        var heap = new LastLook(reading, reading.Heap, _options.SoftLimit.In(reading.HeapAvailable), _options.HardLimit.In(reading.HeapAvailable), _all.Bytes);
        var nearest = heap.Fullness > process.Fullness ? heap : process;
        return nearest with { Level = nearest.LevelAfter(before) };
    }

    private void Run(MemoryStage stage)
    {
        var view = _view;
        var pressure = new MemoryPressure(view.Level, view.Used, view.SoftLimit ?? long.MaxValue, view.HardLimit ?? long.MaxValue);
        Interlocked.Increment(ref _runs[(int)stage]);
        foreach (var registered in Volatile.Read(ref _actions))
        {
            if (registered.Stage == stage)
            {
                try
                {
                    registered.Action(pressure);
                }
                catch (Exception exception)
                {
                    CallbackErrors.Count(Name, exception);
                }
            }
        }
    }

    private sealed record LastLook(MemoryReading Reading, long Used, long? SoftLimit, long? HardLimit, long Tagged)
    {
        public MemoryLevel Level { get; init; }

        public double Fullness => HardLimit is { } limit ? (double)Used / limit : 0;

        public MemoryLevel LevelAfter(MemoryLevel before) =>
            IsReached(HardLimit, before == MemoryLevel.Hard) ? MemoryLevel.Hard
            : IsReached(SoftLimit, before != MemoryLevel.Ample) ? MemoryLevel.Soft
            : MemoryLevel.Ample;

        private bool IsReached(long? limit, bool isIn) => limit is { } bytes && Used >= (isIn ? FallsUnder * bytes : bytes);
    }

    private sealed class Registered(MemoryManager manager, MemoryStage stage, Action<MemoryPressure> action) : IDisposable
    {
        public MemoryStage Stage => stage;

        public Action<MemoryPressure> Action => action;

        public void Dispose()
        {
            lock (manager._lock)
            {
                manager._actions = [.. manager._actions.Where(other => other != this)];
            }
        }
    }
}
