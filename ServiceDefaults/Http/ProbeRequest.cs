namespace ServiceDefaults.Http;

/// <summary>A request that asks an instance how it is. It goes past the guard of its destination, and leaves no span.</summary>
/// <remarks>What watches isn't part of what is watched: a breaker would hide what it finds, and its answers say nothing of how calls fare.</remarks>
/// <param name="address">The page to ask.</param>
public sealed class ProbeRequest(Uri address) : HttpRequestMessage(HttpMethod.Get, address);
