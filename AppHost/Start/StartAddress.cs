namespace AppHost.Start;

/// <summary>An address that a person opens first.</summary>
/// <param name="Name">What it is called.</param>
/// <param name="Find">Finds the address, once there is one.</param>
/// <param name="Resource">The resource that must be healthy for the line to be true; null for the dashboard.</param>
/// <param name="Try">What to try there; null for nothing.</param>
internal sealed record StartAddress(string Name, Func<string> Find, IResource? Resource = null, Func<string, string>? Try = null);
