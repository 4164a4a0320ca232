using System.Collections.Concurrent;
using System.Globalization;
using Lab.Journals;
using Lab.Shopping;

namespace Lab.Running;

/// <summary>One run of an experiment: the shop, the load, and all that is recorded.</summary>
/// <remarks>Safe for concurrent use.</remarks>
public sealed class ExperimentRun
{
    private const int Products = 40;
    private readonly ConcurrentDictionary<string, (DateTimeOffset Began, DateTimeOffset? Ended)> _steps = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, object> _findings = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, ConcurrentQueue<Observation>> _observations = new(StringComparer.Ordinal);
    private readonly Func<OrderedLine> _nextLine;

    internal ExperimentRun(Experiment experiment, int seed, IShop shop, TimeProvider clock, Func<OrderedLine> nextLine)
    {
        (Experiment, Seed, Shop, Clock, _nextLine) = (experiment, seed, shop, clock, nextLine);
        Client = ClientOf(Seed, Journal);
        Flow = FlowOf(Seed, Journal);
        Prober = new(shop.Gateway, "steady-state", new Journal(), clock);
    }

    /// <summary>Gets the experiment.</summary>
    public Experiment Experiment { get; }

    /// <summary>Gets the number that fixes the chance in the load.</summary>
    public int Seed { get; }

    /// <summary>Gets the shop.</summary>
    public IShop Shop { get; }

    /// <summary>Gets the clock of everything in the run.</summary>
    public TimeProvider Clock { get; }

    /// <summary>Gets every attempt of the load's customer, and what it read back.</summary>
    public Journal Journal { get; } = new();

    /// <summary>Gets the load's customer.</summary>
    public ShopClient Client { get; }

    /// <summary>Gets the load.</summary>
    public OrderFlow Flow { get; }

    /// <summary>Gets a customer whose orders count for nothing: they only show that the shop works.</summary>
    public ShopClient Prober { get; }

    /// <summary>Gets the load's rate on this machine: as asked, or a quarter of what the shop can take.</summary>
    public double OrdersPerSecond => (Experiment.Load?.OrdersPerSecond ?? 0) * LoadRatio;

    /// <summary>Gets when the method began.</summary>
    public DateTimeOffset MethodBegan { get; internal set; }

    /// <summary>Gets a value indicating whether orders of the load are under way.</summary>
    public bool IsLoadRunning { get; internal set; }

    /// <summary>Gets the load's rate as a share of what the experiment asks for; less than 1 on a slow machine.</summary>
    public double LoadRatio { get; internal set; } = 1;

    /// <summary>Gets the first attempts of the load, in the order in which they were made; without those that its end cut off.</summary>
    public IReadOnlyList<JournalEntry> Firsts { get; internal set; } = [];

    /// <summary>Gets how long it took, after the rollbacks, until each unknown outcome was known.</summary>
    public TimeSpan SettledAfter { get; internal set; }

    /// <summary>Gets how long it took, after the rollbacks, until no order was under way any more.</summary>
    public TimeSpan IdleAfter { get; internal set; }

    /// <summary>Gets one unit of the next of four hundred products that no experiment counts.</summary>
    /// <returns>What to order.</returns>
    public OrderedLine NextLine() => _nextLine();

    /// <summary>Makes a customer with a journal.</summary>
    /// <param name="seed">Names the customer.</param>
    /// <param name="journal">Where it is written.</param>
    /// <returns>The customer.</returns>
    public ShopClient ClientOf(int seed, Journal journal) =>
        new(Shop.Gateway, string.Create(CultureInfo.InvariantCulture, $"chaos-customer-{seed}"), journal, Clock);

    /// <summary>Makes a flow of orders for up to three of forty products.</summary>
    /// <param name="seed">Names the customer and fixes its chance.</param>
    /// <param name="journal">Where it is written.</param>
    /// <returns>The flow.</returns>
    public OrderFlow FlowOf(int seed, Journal journal) =>
        new(ClientOf(seed, journal), [.. Enumerable.Range(1, Products).Select(static number => string.Create(CultureInfo.InvariantCulture, $"SKU-{number:D4}"))], seed, Clock);

    /// <summary>Waits.</summary>
    /// <param name="time">How long.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>When the time is over.</returns>
    public Task WaitAsync(TimeSpan time, CancellationToken cancellationToken) =>
        time > TimeSpan.Zero ? Task.Delay(time, Clock, cancellationToken) : Task.CompletedTask;

    /// <summary>Gets when a step began.</summary>
    /// <param name="step">The step's name.</param>
    /// <returns>The time.</returns>
    /// <exception cref="KeyNotFoundException">The step hasn't begun.</exception>
    public DateTimeOffset Began(string step) => _steps[step].Began;

    /// <summary>Gets when a step ended, without the pause after it.</summary>
    /// <param name="step">The step's name.</param>
    /// <returns>The time.</returns>
    /// <exception cref="InvalidOperationException">The step hasn't ended.</exception>
    public DateTimeOffset Ended(string step) => _steps[step].Ended ?? throw new InvalidOperationException($"The step '{step}' hasn't ended.");

    /// <summary>Stores a value under a name.</summary>
    /// <typeparam name="T">Its type.</typeparam>
    /// <param name="finding">The name.</param>
    /// <param name="value">The value; it takes the place of an earlier one.</param>
    public void Store<T>(Finding<T> finding, T value)
        where T : notnull
    {
        ArgumentNullException.ThrowIfNull(finding);
        _findings[finding.Name] = value;
    }

    /// <summary>Reads a value that a step has stored.</summary>
    /// <typeparam name="T">Its type.</typeparam>
    /// <param name="finding">The name.</param>
    /// <returns>The value.</returns>
    /// <exception cref="KeyNotFoundException">No step has stored it.</exception>
    public T Read<T>(Finding<T> finding)
    {
        ArgumentNullException.ThrowIfNull(finding);
        return (T)_findings[finding.Name];
    }

    /// <summary>Gets what an observer has read so far.</summary>
    /// <param name="observer">The observer's name.</param>
    /// <returns>The readings, in order.</returns>
    public IReadOnlyList<Observation> Observations(string observer) => _observations.TryGetValue(observer, out var seen) ? [.. seen] : [];

    internal void Begin(string step) => _steps[step] = (Clock.GetUtcNow(), null);

    internal void End(string step) => _steps[step] = _steps[step] with { Ended = Clock.GetUtcNow() };

    internal void Observe(string observer, string value) =>
        _observations.GetOrAdd(observer, static _ => new()).Enqueue(new(Clock.GetUtcNow(), value));
}
