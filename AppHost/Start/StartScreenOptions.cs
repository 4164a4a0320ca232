namespace AppHost.Start;

/// <summary>What the start screen shows, where, and since when.</summary>
/// <param name="Resources">The resources that must be healthy for the shop to be ready.</param>
/// <param name="Output">Where to write.</param>
/// <param name="Style">How.</param>
/// <param name="Clock">Tells the time.</param>
/// <param name="Began">When the start began: a time stamp of the clock.</param>
internal sealed record StartScreenOptions(IReadOnlyList<IResource> Resources, TextWriter Output, Style Style, TimeProvider Clock, long Began);
