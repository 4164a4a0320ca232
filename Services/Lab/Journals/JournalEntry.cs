using System.Text.Json.Serialization;

namespace Lab.Journals;

/// <summary>What a client knows after one attempt.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<AttemptOutcome>))]
public enum AttemptOutcome
{
    /// <summary>Nothing is certain: a timeout, a reset, a 5xx without a decision, "still working on it", or 202. The order may exist.</summary>
    Info,

    /// <summary>The order is confirmed.</summary>
    Ok,

    /// <summary>The order was refused for good: it doesn't exist, or is rejected or cancelled.</summary>
    Fail,
}

/// <summary>One attempt to order, as the client saw it.</summary>
/// <param name="Id">Numbers the attempts of one journal, from 1.</param>
/// <param name="Client">The <c>X-Api-Key</c> that the attempt was made with.</param>
/// <param name="Key">The <c>Idempotency-Key</c>; attempts with one key are about one order.</param>
/// <param name="T0">When the request was sent.</param>
/// <param name="T1">When the answer was there, or the client stopped waiting.</param>
/// <param name="Outcome">What is known since then.</param>
/// <param name="Status">The HTTP status; null when there was no answer.</param>
/// <param name="OrderId">The order that the answer names; null when it names none.</param>
/// <param name="Total">The total that the answer names, in minor units; null when it names none.</param>
/// <param name="BodyHash">The SHA-256 of the answer's body in hexadecimal digits; null when there was no answer.</param>
/// <param name="Location">The answer's <c>Location</c>; null when it had none.</param>
public sealed record JournalEntry(
    long Id,
    string Client,
    string Key,
    DateTimeOffset T0,
    DateTimeOffset T1,
    AttemptOutcome Outcome,
    int? Status,
    Guid? OrderId,
    long? Total,
    string? BodyHash,
    string? Location);

/// <summary>An order as a client saw it while reading.</summary>
/// <param name="OrderId">The order.</param>
/// <param name="T0">When the read was sent.</param>
/// <param name="T1">When the answer was there.</param>
/// <param name="Status">The order's status; null when the answer was that there is no such order.</param>
public sealed record Sighting(Guid OrderId, DateTimeOffset T0, DateTimeOffset T1, string? Status);
