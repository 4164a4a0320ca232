using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Inventory.Reservations;
using Orders;
using Orders.Placing;
using Xunit;

namespace Services.Tests.Allocations;

/// <summary>What a request's lines cost in bytes, beside the same done the plain way: a pool that saves nothing isn't worth its code.</summary>
public sealed class RequestAllocationTests(ITestOutputHelper output)
{
    private const int Rounds = 1000;

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(20)]
    public void Merging_the_lines_of_an_order_costs_little_beside_grouping_them(int lines)
    {
        var request = new PlaceOrderRequest([.. Skus(lines).Select(static sku => new PlaceOrderLine(sku, 2))]);

        var plain = BytesOf(() => request.Lines!
            .GroupBy(static line => line!.Sku!, StringComparer.Ordinal)
            .OrderBy(static group => group.Key, StringComparer.Ordinal)
            .Select(static group => new OrderLine(group.Key, group.Sum(static line => (long)line!.Quantity!.Value), UnitPrice: null))
            .ToList());
        var pooled = BytesOf(() => request.Merge());

        output.WriteLine($"{lines} lines merged: {plain} B grouped, {pooled} B pooled.");
        Assert.True(pooled < plain / 2, $"{pooled} B pooled, {plain} B grouped.");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(20)]
    public void A_fingerprint_costs_little_beside_making_its_text(int lines)
    {
        var merged = new PlaceOrderRequest([.. Skus(lines).Select(static sku => new PlaceOrderLine(sku, 2))]).Merge();

        var plain = BytesOf(() => PlainFingerprint(merged));
        var pooled = BytesOf(() => PlaceOrderRequest.Fingerprint(merged));

        output.WriteLine($"Fingerprint of {lines} lines: {plain} B with a builder, {pooled} B pooled.");
        Assert.Equal(PlainFingerprint(merged), PlaceOrderRequest.Fingerprint(merged)); // those stored before are the same
        Assert.True(pooled < plain / 2, $"{pooled} B pooled, {plain} B with a builder.");
    }

    [Fact]
    public void The_longest_order_fits_into_the_text_of_its_fingerprint()
    {
        var merged = new PlaceOrderRequest([.. Enumerable.Range(0, 100).Select(static number => new PlaceOrderLine(number.ToString("D32", CultureInfo.InvariantCulture), 1000))]).Merge();

        Assert.Equal(PlainFingerprint(merged), PlaceOrderRequest.Fingerprint(merged));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(20)]
    public void Merging_the_lines_of_a_reservation_costs_little_beside_grouping_them(int lines)
    {
        var requested = Skus(lines).Select(static sku => new RequestedLine(sku, 2)).ToList();

        var plain = BytesOf(() => requested
            .GroupBy(static line => line.Sku, StringComparer.Ordinal)
            .Select(static group => new RequestedLine(group.Key, group.Sum(static line => line.Quantity)))
            .OrderBy(static line => line.Sku, StringComparer.Ordinal)
            .ToList());
        var pooled = BytesOf(() => ReserveStock.Merge(requested));

        output.WriteLine($"{lines} lines reserved: {plain} B grouped, {pooled} B pooled.");
        Assert.True(pooled < plain / 2, $"{pooled} B pooled, {plain} B grouped.");
    }

    private static byte[] PlainFingerprint(IEnumerable<OrderLine> merged) => SHA256.HashData(Encoding.UTF8.GetBytes(
        string.Join('\n', merged.Select(static line => string.Create(CultureInfo.InvariantCulture, $"{line.Sku}×{line.Quantity}")))));

    private static IEnumerable<string> Skus(int count) => Enumerable.Range(1, count).Select(static number => $"SKU-{number:D4}");

    private static long BytesOf(Func<object> work)
    {
        for (var round = 0; round < Rounds; round++)
        {
            work(); // compiled, and the pools filled
        }

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var round = 0; round < Rounds; round++)
        {
            work();
        }

        return (GC.GetAllocatedBytesForCurrentThread() - before) / Rounds;
    }
}
