namespace Lab.Running;

/// <summary>An experiment as data: what holds normally, what is broken and when, how it is repaired, and what is claimed.</summary>
/// <remarks>
/// The words are Chaos Toolkit's. A record holds no state, so it can run any number of times; what one run sees is in <see cref="ExperimentRun"/>.
/// </remarks>
public sealed record Experiment
{
    /// <summary>Gets the name for a command line and for links: lower case, with hyphens.</summary>
    public required string Name { get; init; }

    /// <summary>Gets the claim, in one sentence.</summary>
    public required string Title { get; init; }

    /// <summary>Gets what is broken, what is expected and how far the result reaches.</summary>
    public required string Description { get; init; }

    /// <summary>Gets the number that fixes the chance in the load, and names its customer.</summary>
    public required int Seed { get; init; }

    /// <summary>Gets what holds before the method and has to hold again afterwards.</summary>
    public required SteadyState SteadyState { get; init; }

    /// <summary>Gets a value indicating whether another experiment does the same on another edge: a test run leaves it out unless it is asked for.</summary>
    public bool IsVariant { get; init; }

    /// <summary>Gets the orders that arrive during the method; null for none.</summary>
    public Load? Load { get; init; }

    /// <summary>Gets the actions and probes, in order.</summary>
    public required IReadOnlyList<ExperimentStep> Method { get; init; }

    /// <summary>Gets what repairs the shop. All of them run after every method, whatever happened in it, so each has to do no harm when there is nothing to repair.</summary>
    public IReadOnlyList<ExperimentStep> Rollbacks { get; init; } = [];

    /// <summary>Gets the probes that end the method early: each is measured every second, and aborts when its tolerance doesn't hold.</summary>
    public IReadOnlyList<Probe> AbortConditions { get; init; } = Aborts.Usual;

    /// <summary>Gets what is watched from the beginning of the method until the shop has settled.</summary>
    public IReadOnlyList<Observer> Observers { get; init; } = [];

    /// <summary>Gets what is claimed of the run, measured once the shop has settled.</summary>
    public required IReadOnlyList<Probe> Hypothesis { get; init; }

    /// <summary>Gets how long the shop may take, after the rollbacks, to answer each attempt whose outcome is unknown.</summary>
    public TimeSpan SettleWithin { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Gets the figures of a run, as sentences.</summary>
    public required Func<ExperimentRun, string> Figures { get; init; }
}

/// <summary>The steady-state hypothesis: what a healthy shop does.</summary>
/// <param name="Title">The hypothesis, in one sentence.</param>
/// <param name="Probes">Measured one after another; all have to hold.</param>
public sealed record SteadyState(string Title, IReadOnlyList<Probe> Probes)
{
    /// <summary>Gets how many times in a row all probes have to hold. One time could be luck: a breaker lets calls through one by one.</summary>
    public int InARow { get; init; } = 20;

    /// <summary>Gets how long the shop may take to get there before the method; a shop that has just started still compiles its code.</summary>
    public TimeSpan ReadyWithin { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>Gets how long the shop may take to get back there once it has settled.</summary>
    public TimeSpan BackWithin { get; init; } = TimeSpan.FromMinutes(1);
}

/// <summary>Orders that arrive at a steady rate.</summary>
/// <param name="OrdersPerSecond">The rate, or less: no more than a quarter of what the shop can take on this machine.</param>
/// <param name="For">How long; null to go on until the method ends.</param>
public sealed record Load(double OrdersPerSecond, TimeSpan? For = null);

/// <summary>One action of a method or a rollback.</summary>
/// <param name="Name">What it does, as an order: "kill PostgreSQL".</param>
/// <param name="Execute">Does it. The run remembers when it began and ended, under the step's name.</param>
public sealed record ExperimentStep(string Name, Func<ExperimentRun, CancellationToken, Task> Execute)
{
    /// <summary>Gets how long to wait before it.</summary>
    public TimeSpan PauseBefore { get; init; }

    /// <summary>Gets how long to wait after it.</summary>
    public TimeSpan PauseAfter { get; init; }

    /// <summary>Gets a value indicating whether the next step begins at once; the method ends when all such steps have.</summary>
    public bool Background { get; init; }
}

/// <summary>What is read again and again during a run.</summary>
/// <param name="Name">What is read.</param>
/// <param name="Every">The pause between two readings.</param>
/// <param name="Read">Reads it; null where there is nothing to note.</param>
public sealed record Observer(string Name, TimeSpan Every, Func<ExperimentRun, CancellationToken, Task<string?>> Read);

/// <summary>What an observer read.</summary>
/// <param name="At">When it had been read.</param>
/// <param name="Value">What it was.</param>
public readonly record struct Observation(DateTimeOffset At, string Value);

/// <summary>Names a value that one step stores and a later one, or the hypothesis, reads.</summary>
/// <typeparam name="T">Its type.</typeparam>
/// <param name="Name">What it is; unique in an experiment.</param>
public sealed record Finding<T>(string Name);
