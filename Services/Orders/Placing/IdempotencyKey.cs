using System.Text.RegularExpressions;

namespace Orders.Placing;

/// <summary>The name that a client gives to one attempt to order, so that asking twice orders once.</summary>
/// <remarks>
/// Source: IETF draft-ietf-httpapi-idempotency-key-header-07. The draft's value is a quoted string; clients in the field also send it bare,
/// so both are read, and <c>"abc…"</c> and <c>abc…</c> are the same key.
/// </remarks>
/// <param name="Client">Who uses the key; two clients' keys never meet.</param>
/// <param name="Value">16 to 64 letters, digits, hyphens or underscores.</param>
internal sealed partial record IdempotencyKey(string Client, string Value)
{
    public const string Header = "Idempotency-Key";
    public const string Form = "16 to 64 letters, digits, hyphens or underscores, quoted or bare";

    /// <summary>Reads the header.</summary>
    /// <returns>Null when it isn't one key of the right form.</returns>
    public static IdempotencyKey? Parse(string client, string header) =>
        Pattern().Match(header) is { Success: true } match ? new(client, match.Groups["key"].Value) : null;

    [GeneratedRegex("""\A(?<quote>"?)(?<key>[A-Za-z0-9_-]{16,64})\k<quote>\z""", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, 100)]
    private static partial Regex Pattern();
}
