using Lab.Experiments;
using Xunit;

namespace Chaos.Tests.Experiments;

/// <summary>The experiments of the gallery, on the real shop. Run one with <c>--filter-trait "experiment=postgres-killed"</c>. <c>EXPERIMENTS=all</c> adds the variants.</summary>
[Collection(ShopGroup.Name)]
public sealed class ExperimentTests(ShopFixture fixture, ITestOutputHelper output)
{
    private const int LastLines = 100;
    private static readonly string[] _services = ["gateway", "orders", "inventory"];

    public static IEnumerable<TheoryDataRow<string>> Names => Gallery.All
        .Where(static experiment => !experiment.IsVariant || Environment.GetEnvironmentVariable("EXPERIMENTS") == "all")
        .Select(static experiment => new TheoryDataRow<string>(experiment.Name).WithTrait("experiment", experiment.Name).WithTrait("variant", experiment.IsVariant ? "yes" : "no"));

    [Theory]
    [MemberData(nameof(Names))]
    public async Task The_shop_does_what_the_experiment_expects(string name)
    {
        var verdict = await fixture.Runner.RunAsync(Gallery.Find(name), TestContext.Current.CancellationToken);

        output.WriteLine(verdict.ToString());
        if (!verdict.IsAsExpected)
        {
            await WriteOutputAsync();
        }

        Assert.True(verdict.IsAsExpected, verdict.ToString());
    }

    // What the services wrote last often says why.
    private async Task WriteOutputAsync()
    {
        foreach (var part in _services)
        {
            foreach (var line in (await fixture.Shop.Parts.OutputOfAsync(part, TestContext.Current.CancellationToken)).TakeLast(LastLines))
            {
                output.WriteLine($"{part}: {line}");
            }
        }
    }

    [Fact]
    public void Every_experiment_has_a_name_of_its_own() =>
        Assert.Equal(Gallery.All.Count, Gallery.All.Select(static experiment => experiment.Name).Distinct(StringComparer.Ordinal).Count());
}
