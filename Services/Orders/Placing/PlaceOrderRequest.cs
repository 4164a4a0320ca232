using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Resilience.ObjectPools;

namespace Orders.Placing;

/// <summary>What a client orders. Prices aren't part of it: they are inventory's.</summary>
/// <param name="Lines">1 to 100 lines; those with the same SKU are added up.</param>
internal sealed partial record PlaceOrderRequest(IReadOnlyList<PlaceOrderLine?>? Lines)
{
    private const int MaxLines = 100;
    private const int MaxQuantity = 1000;
    private static readonly TrackedObjectPool<StringBuilder> _texts = Pools.StringBuilders("orders-fingerprints", maxCapacity: 8192);

    /// <summary>Says what is wrong with each field, by the field's path.</summary>
    public Dictionary<string, string[]> Validate()
    {
        var errors = new Dictionary<string, string[]>(StringComparer.Ordinal);
        if (Lines is not { Count: >= 1 and <= MaxLines })
        {
            errors["lines"] = [$"An order has 1 to {MaxLines} lines; this one has {Lines?.Count ?? 0}."];
            return errors;
        }

        for (var index = 0; index < Lines.Count; index++)
        {
            if (Lines[index]?.Sku is not { } sku || !SkuForm().IsMatch(sku))
            {
                errors[$"lines[{index}].sku"] = ["A SKU is 3 to 32 capital letters, digits and hyphens."];
            }

            if (Lines[index]?.Quantity is not (>= 1 and <= MaxQuantity))
            {
                errors[$"lines[{index}].quantity"] = [$"A quantity is a whole number from 1 to {MaxQuantity}."];
            }
        }

        return errors;
    }

    /// <summary>Gives one line for each SKU, in the order of the SKUs. The request must be valid.</summary>
    public IReadOnlyList<OrderLine> Merge() =>
        [.. Lines!
            .GroupBy(static line => line!.Sku!, StringComparer.Ordinal)
            .OrderBy(static group => group.Key, StringComparer.Ordinal)
            .Select(static group => new OrderLine(group.Key, group.Sum(static line => (long)line!.Quantity!.Value), UnitPrice: null))];

    /// <summary>Gives the SHA-256 of what the lines mean: spaces, order and split lines make no difference.</summary>
    public static byte[] Fingerprint(IReadOnlyList<OrderLine> merged)
    {
        using var lease = _texts.Rent(out var text);
        foreach (var line in merged)
        {
            text.Append(text.Length > 0 ? "\n" : "").Append(line.Sku).Append('×').Append(line.Quantity);
        }

        return SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString()));
    }

    [GeneratedRegex(@"\A[A-Z0-9-]{3,32}\z", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 100)]
    private static partial Regex SkuForm();
}

/// <summary>One line of what a client orders.</summary>
/// <param name="Sku">The product's code.</param>
/// <param name="Quantity">How many, from 1 to 1000.</param>
internal sealed record PlaceOrderLine(string? Sku, int? Quantity);
