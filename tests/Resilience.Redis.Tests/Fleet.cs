using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Resilience.CircuitBreakers;
using Resilience.Outcomes;

namespace Resilience.Redis.Tests;

/// <summary>Processes that exchange over a board in memory, each with its own clock, in steps that the test makes.</summary>
internal sealed class Fleet
{
    private readonly FakeTimeProvider _server = new();
    private int _joined;

    public Fleet(int nodes = 0)
    {
        Board = new(_server);
        for (var node = 0; node < nodes; node++)
        {
            Add();
        }
    }

    public MemoryBoard Board { get; }

    public List<FleetNode> Nodes { get; } = [];

    public FleetNode this[int node] => Nodes[node];

    /// <summary>Adds a process.</summary>
    /// <param name="skew">How far its clock is off.</param>
    /// <param name="logger">Its log.</param>
    /// <param name="breakDuration">How long its breaker stays open at first.</param>
    public FleetNode Add(TimeSpan skew = default, ILogger<RedisBreakerExchange>? logger = null, double breakDuration = 5)
    {
        var node = new FleetNode($"node-{_joined++}", Board, new(_server.GetUtcNow() + skew), logger, TimeSpan.FromSeconds(breakDuration));
        Nodes.Add(node);
        return node;
    }

    /// <summary>Has every process exchange twice: after that each has heard what each had to tell before.</summary>
    public async Task ExchangeAsync()
    {
        for (var round = 0; round < 2; round++)
        {
            foreach (var node in Nodes)
            {
                await node.Exchange.ExchangeAsync();
            }
        }
    }

    /// <summary>Lets time pass for all, without an exchange.</summary>
    public void Pass(double seconds)
    {
        _server.Advance(TimeSpan.FromSeconds(seconds));
        foreach (var node in Nodes)
        {
            node.Time.Advance(TimeSpan.FromSeconds(seconds));
        }
    }

    /// <summary>Lets time pass for all, with exchanges as they go on.</summary>
    public async Task LiveAsync(double seconds)
    {
        for (var left = seconds; left > 1e-9; left -= 0.25)
        {
            Pass(Math.Min(left, 0.25));
            await ExchangeAsync();
        }
    }
}

/// <summary>One process of a fleet.</summary>
internal sealed class FleetNode
{
    public const string Circuit = "orders:inventory";

    public FleetNode(string name, IPeerBoard board, FakeTimeProvider time, ILogger<RedisBreakerExchange>? logger, TimeSpan breakDuration)
    {
        Time = time;
        Breaker = new(
            "inventory",
            new()
            {
                MinimumThroughput = 10,
                ConsecutiveFailures = 10,
                BreakDuration = breakDuration,
                BreakJitter = 0,
                ProbeCount = 1,
                RequiredProbeSuccesses = 1,
                RampDuration = TimeSpan.Zero,
            },
            time);
        Exchange = new(board, new() { Node = name }, logger, time);
        Exchange.Join(Circuit, Breaker);
    }

    public FakeTimeProvider Time { get; }

    public CircuitBreaker Breaker { get; }

    public RedisBreakerExchange Exchange { get; }

    public BreakerState State => Breaker.State;

    public PeerEvidence? Peers => Breaker.Snapshot().Peers;

    /// <summary>Makes calls that take no time.</summary>
    /// <returns>How many were let in.</returns>
    public int Call(CallResult result, int times = 1)
    {
        var passed = 0;
        for (var call = 0; call < times; call++)
        {
            if (Breaker.TryEnter(out var token))
            {
                Breaker.Exit(token, result);
                passed++;
            }
        }

        return passed;
    }

    /// <summary>Opens it by what it sees itself.</summary>
    public void Open() => Call(CallResult.Failure, 10);
}
