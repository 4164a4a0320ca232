using System.Text.Json;
using Resilience.CircuitBreakers;
using Resilience.Pipelines;
using Resilience.Tests.CircuitBreakers;
using Xunit;

namespace Resilience.Tests.Pipelines;

public sealed class ResilienceCatalogueTests
{
    private readonly ResilienceCatalogue _catalogue = new();
    private readonly BreakerTester _tester = new();

    [Fact]
    public void Describes_each_strategy_with_its_options_and_its_state_as_it_is_now()
    {
        _catalogue.Add("orders-inventory", new("retry", "retry", static () => new Dictionary<string, object?> { ["maxRetryAttempts"] = 2 }), CatalogueEntry.For(_tester.Breaker));
        _tester.Open();

        var pipeline = Assert.Single(_catalogue.Describe());

        Assert.Equal(("orders-inventory", null), (pipeline.Name, pipeline.Partition));
        Assert.Equal(["retry", "circuit-breaker"], pipeline.Strategies.Select(strategy => strategy.Kind));
        Assert.Equal(2, pipeline.Strategies[0].Options["maxRetryAttempts"]);
        Assert.Empty(pipeline.Strategies[0].State);
        var breaker = pipeline.Strategies[1];
        Assert.Equal((5.0, "enforce"), (breaker.Options["breakDurationSeconds"], breaker.Options["mode"]));
        Assert.Equal(("open", "failure_ratio", 5.0), (breaker.State["state"], breaker.State["reason"], breaker.State["breakRemainingSeconds"]));
    }

    [Fact]
    public void Shows_options_that_were_reloaded()
    {
        _catalogue.Add("orders-inventory", CatalogueEntry.For(_tester.Breaker));
        _tester.Options.ProbeCount = 9;
        _tester.Breaker.Update(_tester.Options);

        Assert.Equal(9, _catalogue.Describe()[0].Strategies[0].Options["probeCount"]);
    }

    [Fact]
    public void Every_option_of_a_breaker_is_shown()
    {
        var shown = CatalogueEntry.For(_tester.Breaker).Describe().Options.Keys.Select(key => key.Replace("Seconds", "", StringComparison.Ordinal)).ToHashSet(StringComparer.OrdinalIgnoreCase);
        string[] notShown = ["Name", "Window", "SamplingCount", "ClassifyException", "OnTransition", "Draw"];

        Assert.All(typeof(CircuitBreakerOptions).GetProperties().Select(property => property.Name).Except(notShown), name => Assert.Contains(name, shown));
    }

    [Fact]
    public void Lists_the_partitions_that_there_are_by_their_keys()
    {
        var partitions = new PartitionedPipelines<string, CircuitBreaker>("inventory", static key => new(key, new()), static () => new("shared", new()));
        using var listing = _catalogue.Add(partitions, static breaker => [CatalogueEntry.For(breaker)]);
        partitions.Get("b");
        partitions.Get("a");

        Assert.Equal([("inventory", "a"), ("inventory", "b")], _catalogue.Describe().Select(pipeline => (pipeline.Name, pipeline.Partition)));

        listing.Dispose();
        Assert.Empty(_catalogue.Describe());
    }

    [Fact]
    public void A_strategy_that_cannot_say_what_it_is_like_does_not_hide_the_others()
    {
        _catalogue.Add("broken", new CatalogueEntry("retry", "retry", static () => throw new InvalidOperationException("in the description")), CatalogueEntry.For(_tester.Breaker));

        var strategies = Assert.Single(_catalogue.Describe()).Strategies;

        Assert.Equal("InvalidOperationException", strategies[0].Options["error"]);
        Assert.Equal("closed", strategies[1].State["state"]);
    }

    [Fact]
    public void Is_plain_data_that_json_can_carry()
    {
        _catalogue.Add("orders-inventory", CatalogueEntry.For(_tester.Breaker));

        var json = JsonSerializer.Serialize(_catalogue.Describe(), JsonSerializerOptions.Web);

        Assert.StartsWith("""[{"name":"orders-inventory","partition":null,"strategies":[{"kind":"circuit-breaker","name":"inventory","options":{"failureRatio":0.5,""", json, StringComparison.Ordinal);
        Assert.Contains("\"state\":{\"state\":\"closed\"", json, StringComparison.Ordinal);
    }
}
