using Xunit;

namespace Resilience.Generators.Tests;

/// <summary>What is generated for one interface that has a bit of everything, letter by letter.</summary>
public sealed class SnapshotTests
{
    private const string Inventory = """"
        namespace Shop;

        public sealed record Item(string Sku);

        [CircuitBreaker(FailureRatio = 0.4, BreakDuration = "5s")]
        public interface IInventory
        {
            string Region { get; }

            [Retry(2, Delay = "50ms", On = [typeof(System.Net.Http.HttpRequestException), typeof(TimeoutException)])]
            [Timeout("2s", PerAttempt = "500ms")]
            [Fallback(nameof(CachedAsync))]
            Task<Item> GetAsync(string sku, CancellationToken cancellationToken = default);

            [Unprotected]
            Task<Item> CachedAsync(string sku, CancellationToken cancellationToken);

            [Bulkhead(8, MaxQueue = 16)]
            ValueTask ReserveAsync<TOrder>(CancellationToken cancellationToken, TOrder order, int quantity = 1)
                where TOrder : notnull;
        }
        """";

    [Theory]
    [InlineData("Shop.ResilientInventory.g.cs")]
    [InlineData("ResilientServices.g.cs")]
    public void The_generated_text_is_the_one_that_was_approved(string file)
    {
        var path = Path.Combine(AppContext.BaseDirectory, "Snapshots", file + ".txt");
        var approved = File.Exists(path) ? File.ReadAllText(path).ReplaceLineEndings("\n") : "";
        var generated = Generation.RunClean(Inventory).Files[file];

        if (approved != generated)
        {
            File.WriteAllText(path + ".received", generated); // beside the approved one, to compare and to copy
        }

        Assert.Equal(approved, generated);
    }
}
