using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Time.Testing;
using Resilience.Faults;
using Resilience.Tests.Telemetry;
using Xunit;

namespace Resilience.Tests.Faults;

public sealed class FaultGovernorTests : IDisposable
{
    private static readonly FaultPoint _order = new(Route: "/orders", Caller: "ann");
    private readonly FakeTimeProvider _clock = new();
    private readonly List<FaultSnapshot> _told = [];
    private readonly FaultGovernorOptions _options = new();
    private FaultGovernor? _governor;

    private FaultGovernor Governor => _governor ??= new(_options, _clock);

    [Fact]
    public void Nothing_is_struck_without_a_fault()
    {
        Assert.False(Governor.IsActive);
        Assert.Empty(Strike(_order));
    }

    [Fact]
    public void A_fault_ends_by_itself()
    {
        Governor.Set("slow", new() { Kind = FaultKind.Latency, TimeToLive = TimeSpan.FromSeconds(10) });
        Assert.Equal("slow", Assert.Single(Strike(_order)).Name);

        _clock.Advance(TimeSpan.FromSeconds(9.9));
        Assert.Single(Strike(_order));
        _clock.Advance(TimeSpan.FromSeconds(0.1));

        Assert.Empty(Strike(_order));
        Assert.False(Governor.IsActive);
        var ended = Assert.Single(Governor.ListEnded());
        Assert.Equal((FaultEnd.Expired, 2L, TimeSpan.Zero), (ended.End, ended.Injected, ended.Remaining));
    }

    [Fact]
    public void Each_of_several_ends_at_its_own_time()
    {
        Governor.Set("long", new() { Kind = FaultKind.Latency, TimeToLive = TimeSpan.FromSeconds(60) });
        Governor.Set("short", new() { Kind = FaultKind.Latency, TimeToLive = TimeSpan.FromSeconds(5) });

        _clock.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(["long"], Governor.List().Select(static fault => fault.Name));
        _clock.Advance(TimeSpan.FromSeconds(55));
        Assert.Empty(Governor.List());
    }

    [Fact]
    public void A_seed_strikes_the_same_calls_again_and_about_as_many_as_the_rate_says()
    {
        string Run(int seed)
        {
            Governor.Set("some", new() { Kind = FaultKind.Status, Rate = 0.3, Seed = seed });
            return string.Concat(Enumerable.Range(0, 1000).Select(_ => Strike(_order).Count));
        }

        var first = Run(7);
        Assert.Equal(first, Run(7));
        Assert.NotEqual(first, Run(8));
        Assert.InRange(first.Count(static hit => hit == '1'), 250, 350);
    }

    [Theory]
    [InlineData(null, null, null, true)]
    [InlineData("/orders", null, null, true)]
    [InlineData("/ord", null, null, true)]
    [InlineData("/products", null, null, false)]
    [InlineData(null, "ann", null, true)]
    [InlineData(null, "bob", null, false)]
    [InlineData("/orders", "bob", null, false)]
    [InlineData(null, null, "inventory", false)]
    public void A_fault_keeps_to_its_scope(string? route, string? caller, string? client, bool strikes)
    {
        Governor.Set("scoped", new() { Kind = FaultKind.Status, Route = route, Caller = caller, Client = client });

        Assert.Equal(strikes, Strike(_order).Count == 1);
    }

    [Fact]
    public void A_clients_fault_strikes_its_outgoing_calls_only()
    {
        Governor.Set("out", new() { Kind = FaultKind.Latency, Client = "inventory" });

        Assert.Single(Strike(new(Client: "Inventory")));
        Assert.Empty(Strike(new(Client: "payments")));
        Governor.Set("out", new() { Kind = FaultKind.Latency });
        Assert.Empty(Strike(new(Client: "inventory")));
    }

    [Fact]
    public void A_fault_strikes_no_more_calls_than_it_may()
    {
        Governor.Set("twice", new() { Kind = FaultKind.Status, MaxInjections = 2 });

        Assert.Equal(2, Enumerable.Range(0, 10).Sum(_ => Strike(_order).Count));
        Assert.Equal(FaultEnd.Spent, Assert.Single(Governor.ListEnded()).End);
    }

    [Fact]
    public void Many_threads_at_once_strike_no_more_calls_than_it_may()
    {
        Governor.Set("a hundred".Replace(' ', '-'), new() { Kind = FaultKind.Status, MaxInjections = 100 });
        var hits = 0;

        Parallel.For(0, 10_000, _ => Interlocked.Add(ref hits, Strike(_order).Count));

        Assert.Equal(100, hits);
    }

    [Fact]
    public void All_faults_end_when_too_many_requests_fail_that_were_not_struck()
    {
        Governor.Set("slow", new() { Kind = FaultKind.Latency, AbortAtFailureRatio = 0.2 });
        Governor.Set("other", new() { Kind = FaultKind.Status });
        for (var i = 0; i < 40; i++)
        {
            Governor.Observe(failed: false);
        }

        for (var i = 0; i < 10; i++)
        {
            Governor.Observe(failed: true);
        }

        Assert.Equal(2, Governor.List().Count); // a fifth: just borne
        Governor.Observe(failed: true);
        Assert.Empty(Governor.List());
        Assert.All(Governor.ListEnded(), static fault => Assert.Equal(FaultEnd.Aborted, fault.End));
    }

    [Fact]
    public void A_few_failures_among_few_requests_end_nothing_and_neither_do_old_ones()
    {
        Governor.Set("slow", new() { Kind = FaultKind.Latency });
        for (var i = 0; i < 49; i++)
        {
            Governor.Observe(failed: true);
        }

        _clock.Advance(TimeSpan.FromSeconds(20));
        Governor.Observe(failed: true);

        Assert.Single(Governor.List());
    }

    [Fact]
    public void What_weighs_on_the_process_is_lifted_when_its_time_is_over()
    {
        var (begun, ended) = (0, 0);
        _options.Burdens[FaultKind.Memory] = spec =>
        {
            begun += spec.Amount;
            return new Burden(() => ended++);
        };
        Governor.Set("full", new() { Kind = FaultKind.Memory, Amount = 5 });
        Assert.Empty(Governor.Strike(_order, FaultKind.Memory));
        Assert.Equal((5, 0), (begun, ended));

        _clock.Advance(TimeSpan.FromMinutes(1));

        Assert.Equal((5, 1), (begun, ended));
    }

    [Theory]
    [InlineData("a b", "A fault's name has from 1 to 64 letters, digits, '-' or '_'.")]
    [InlineData("", "A fault's name has from 1 to 64 letters, digits, '-' or '_'.")]
    [InlineData("eternal", "The fault eternal can't be built: TimeToLive is 00:10:01, but must be from 00:00:00.1000000 to 00:10:00.")]
    [InlineData("greedy", "The fault greedy can't be built: Rate is 0.9, but must be at most 0.5 here.")]
    [InlineData("poolless", "The fault poolless can't be built: Kind is PoolExhaustion, but there is nothing here that it could weigh on.")]
    public void What_is_out_of_bounds_is_refused(string name, string message)
    {
        _options.MaxRate = 0.5;
        FaultSpec spec = name switch
        {
            "eternal" => new() { Kind = FaultKind.Status, TimeToLive = TimeSpan.FromSeconds(601), Rate = 0.1 },
            "greedy" => new() { Kind = FaultKind.Status, Rate = 0.9 },
            _ => new() { Kind = FaultKind.PoolExhaustion, Rate = 0.1 },
        };

        Assert.Equal(message, Assert.Throws<ValidationException>(() => Governor.Set(name, spec)).Message);
        Assert.False(Governor.IsActive);
    }

    [Fact]
    public void There_are_no_more_faults_than_there_may_be_but_one_can_be_replaced()
    {
        _options.MaxFaults = 2;
        Assert.True(Governor.Set("one", new() { Kind = FaultKind.Status }));
        Assert.True(Governor.Set("two", new() { Kind = FaultKind.Status }));

        Assert.Equal("The fault three can't begin: there are 2, which is as many as there may be. End one.", Assert.Throws<ValidationException>(() => Governor.Set("three", new() { Kind = FaultKind.Status })).Message);
        Assert.False(Governor.Set("two", new() { Kind = FaultKind.Latency }));
        Assert.Equal([FaultKind.Status, FaultKind.Latency], Governor.List().Select(static fault => fault.Spec.Kind));
    }

    [Fact]
    public void Latency_varies_by_its_jitter()
    {
        Governor.Set("varied", new() { Kind = FaultKind.Latency, Latency = TimeSpan.FromSeconds(1), Jitter = TimeSpan.FromSeconds(0.5), Seed = 1 });

        var latencies = Enumerable.Range(0, 200).Select(_ => Assert.Single(Strike(_order)).Latency.TotalSeconds).ToList();

        Assert.InRange(latencies.Min(), 0.5, 0.6);
        Assert.InRange(latencies.Max(), 1.4, 1.5);
    }

    [Fact]
    public void Who_listens_is_told_of_beginning_and_end_and_can_not_keep_it_from_ending()
    {
        _options.OnChange = fault =>
        {
            _told.Add(fault);
            throw new InvalidOperationException("a listener's fault");
        };
        Governor.Set("told", new() { Kind = FaultKind.Status });
        Assert.True(Governor.Remove("told"));
        Assert.False(Governor.Remove("told"));

        Assert.Equal([FaultEnd.None, FaultEnd.Removed], _told.Select(static fault => fault.End));
        Assert.False(Governor.IsActive);
    }

    [Fact]
    public void What_is_injected_is_counted_by_kind()
    {
        using var seen = new SeenMeasurements(static name => name.StartsWith("resilience.fault.", StringComparison.Ordinal));
        Governor.Set("counted", new() { Kind = FaultKind.SlowBody });
        Assert.True(seen.Read("resilience.fault.active", static tags => tags["resilience.fault.kind"] is "slow_body") >= 1);

        Governor.Strike(_order, FaultKind.SlowBody);

        Assert.NotEmpty(seen.Recorded("resilience.fault.injected", static tags => tags["resilience.fault.kind"] is "slow_body"));
        GC.KeepAlive(_governor);
    }

    public void Dispose() => _governor?.Dispose();

    private IReadOnlyList<FaultHit> Strike(FaultPoint point) => Governor.Strike(point, FaultKind.Latency, FaultKind.Status);

    private sealed class Burden(Action end) : IDisposable
    {
        public void Dispose() => end();
    }
}
