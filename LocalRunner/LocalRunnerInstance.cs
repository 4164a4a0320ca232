using LocalRunner.ApplicationModel;

namespace LocalRunner;

/// <summary>One process of a resource, or the resource itself where it has none.</summary>
/// <param name="Name">Its name: the resource's, or with replicas that and a number from 0.</param>
/// <param name="Resource">The resource's name.</param>
/// <param name="Snapshot">Its state, health and exit code.</param>
/// <param name="ProcessId">The number of its process; null while there is none.</param>
public sealed record LocalRunnerInstance(string Name, string Resource, CustomResourceSnapshot Snapshot, int? ProcessId);
