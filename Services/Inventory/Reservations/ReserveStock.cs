using System.Runtime.InteropServices;
using Inventory.Catalogue;
using Microsoft.AspNetCore.Http.HttpResults;
using Resilience.ObjectPools;
using ServiceDefaults.Problems;

namespace Inventory.Reservations;

/// <summary>PUT /reservations/{orderId}: set stock aside for an order, all lines or none, once.</summary>
internal static class ReserveStock
{
    private const int MaxLines = 100;
    private const long MaxQuantity = 100_000;

    private static readonly TrackedObjectPool<Dictionary<string, long>> _sums = Pools.Dictionaries<string, long>("inventory-lines", maxCapacity: 2 * MaxLines);

    public static void MapReserveStock(this IEndpointRouteBuilder app) => app.MapPut("/reservations/{orderId:guid}", HandleAsync)
        .WithName("ReserveStock")
        .WithSummary("Sets stock aside for an order, all lines or none. The same request twice gives the same answer.")
        .WithTags("Reservations")
        .ProducesProblems(
            Problems.Codes.Validation,
            Problems.Codes.InsufficientStock,
            ReservationProblems.ClosedCode,
            ReservationProblems.OtherLinesCode,
            Problems.Codes.PayloadTooLarge,
            Problems.Codes.UnsupportedMediaType,
            Problems.Codes.ReducedCapacity,
            Problems.Codes.DependencyUnavailable,
            Problems.Codes.DeadlineExceeded);

    private static async Task<Results<Ok<ReservationView>, ProblemHttpResult>> HandleAsync(
        Guid orderId, ReserveStockRequest request, ReservationStore reservations, CancellationToken cancellationToken) =>
        Validate(request) is { Count: > 0 } errors
            ? Problems.Validation(errors)
            : (await reservations.ReserveAsync(orderId, Merge(request.Lines!), cancellationToken)).ToResult(orderId);

    private static Dictionary<string, string[]> Validate(ReserveStockRequest request)
    {
        var errors = new Dictionary<string, string[]>(StringComparer.Ordinal);
        if (request.Lines is not { Count: > 0 and <= MaxLines })
        {
            errors["lines"] = [$"A reservation has 1 to {MaxLines} lines."];
            return errors;
        }

        for (var index = 0; index < request.Lines.Count; index++)
        {
            var line = request.Lines[index];
            if (!Sku.IsWellFormed(line?.Sku))
            {
                errors[$"lines[{index}].sku"] = ["A SKU is 3 to 32 capital letters, digits and hyphens."];
            }

            if (line?.Quantity is not (>= 1 and <= MaxQuantity))
            {
                errors[$"lines[{index}].quantity"] = [$"A quantity is from 1 to {MaxQuantity}."];
            }
        }

        return errors;
    }

    // One line for each SKU, in the order in which stock is locked.
    internal static IReadOnlyList<RequestedLine> Merge(IReadOnlyList<RequestedLine> lines)
    {
        using var lease = _sums.Rent(out var sums);
        for (var index = 0; index < lines.Count; index++)
        {
            CollectionsMarshal.GetValueRefOrAddDefault(sums, lines[index].Sku, out _) += lines[index].Quantity;
        }

        var (merged, next) = (new RequestedLine[sums.Count], 0);
        foreach (var (sku, quantity) in sums)
        {
            merged[next++] = new RequestedLine(sku, quantity);
        }

        Array.Sort(merged, static (one, other) => string.CompareOrdinal(one.Sku, other.Sku));
        return merged;
    }
}

internal sealed record ReserveStockRequest(IReadOnlyList<RequestedLine>? Lines);
