namespace Orders.Placing;

/// <summary>The answer to a placement, word for word, so that a replay says the same.</summary>
/// <param name="Status">The HTTP status.</param>
/// <param name="Body">The JSON body.</param>
/// <param name="Location">Where the order is; null when there is none to look at.</param>
internal sealed record StoredAnswer(int Status, string Body, string? Location);
