namespace LocalRunner.ApplicationModel;

/// <summary>The state of a resource at one moment.</summary>
/// <param name="Text">One of <see cref="KnownResourceStates"/>.</param>
public sealed record ResourceStateSnapshot(string Text);
