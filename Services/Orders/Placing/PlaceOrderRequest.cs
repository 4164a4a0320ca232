using System.Globalization;
using System.Runtime.InteropServices;
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
    private const int LongestText = 8192; // of 100 lines: 32 characters of SKU, the sign, 6 digits, the end

    private static readonly TrackedObjectPool<byte[]> _texts = Pools.Arrays<byte>("orders-fingerprints", LongestText);
    private static readonly TrackedObjectPool<Dictionary<string, long>> _sums = Pools.Dictionaries<string, long>("orders-lines", maxCapacity: 2 * MaxLines);

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
    public IReadOnlyList<OrderLine> Merge()
    {
        using var lease = _sums.Rent(out var sums);
        foreach (var line in Lines!)
        {
            CollectionsMarshal.GetValueRefOrAddDefault(sums, line!.Sku!, out _) += line.Quantity!.Value;
        }

        var (merged, next) = (new OrderLine[sums.Count], 0);
        foreach (var (sku, quantity) in sums)
        {
            merged[next++] = new OrderLine(sku, quantity, UnitPrice: null);
        }

        Array.Sort(merged, static (one, other) => string.CompareOrdinal(one.Sku, other.Sku));
        return merged;
    }

    /// <summary>Gives the SHA-256 of what the lines mean: spaces, order and split lines make no difference.</summary>
    public static byte[] Fingerprint(IReadOnlyList<OrderLine> merged)
    {
        using var lease = _texts.Rent(out var text);
        var length = 0;
        for (var index = 0; index < merged.Count; index++)
        {
            var line = merged[index];
            length += Write(index > 0 ? "\n"u8 : [], text.AsSpan(length));
            length += Encoding.UTF8.GetBytes(line.Sku, text.AsSpan(length));
            length += Write("×"u8, text.AsSpan(length));
            line.Quantity.TryFormat(text.AsSpan(length), out var digits, default, CultureInfo.InvariantCulture);
            length += digits;
        }

        return SHA256.HashData(text.AsSpan(0, length));
    }

    private static int Write(ReadOnlySpan<byte> part, Span<byte> text)
    {
        part.CopyTo(text);
        return part.Length;
    }

    [GeneratedRegex(@"\A[A-Z0-9-]{3,32}\z", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 100)]
    private static partial Regex SkuForm();
}

/// <summary>One line of what a client orders.</summary>
/// <param name="Sku">The product's code.</param>
/// <param name="Quantity">How many, from 1 to 1000.</param>
internal sealed record PlaceOrderLine(string? Sku, int? Quantity);
