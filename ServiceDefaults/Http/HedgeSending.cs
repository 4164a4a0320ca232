namespace ServiceDefaults.Http;

/// <summary>One of the two sendings.</summary>
/// <param name="Race">Both of them.</param>
/// <param name="Which"><c>first</c> or <c>second</c>.</param>
internal sealed record HedgeSending(HedgeRace Race, string Which);
