namespace LocalRunner.Preflight;

/// <summary>A port that a resource asks for by number.</summary>
/// <param name="Resource">The resource's name.</param>
/// <param name="Port">The port.</param>
internal readonly record struct FixedPort(string Resource, int Port);
