using System.Text.RegularExpressions;

namespace Inventory.Catalogue;

/// <summary>What a product's code looks like: 3 to 32 capital letters, digits and hyphens, as the table's constraint says.</summary>
internal static partial class Sku
{
    public static bool IsWellFormed(string? value) => value is { Length: <= 32 } && Form().IsMatch(value);

    /// <summary>Gets as much of a client's text as an answer may repeat.</summary>
    public static string Shown(string value) => value.Length <= 32 ? value : $"{value[..32]}…";

    [GeneratedRegex(@"\A[A-Z0-9-]{3,32}\z", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 100)]
    private static partial Regex Form();
}
