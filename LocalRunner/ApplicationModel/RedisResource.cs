namespace LocalRunner.ApplicationModel;

/// <summary>A Redis server, or one that speaks its protocol.</summary>
/// <param name="name">The resource's name.</param>
public sealed class RedisResource(string name) : Resource(name), IResourceWithConnectionString, IResourceWithWaitSupport;
