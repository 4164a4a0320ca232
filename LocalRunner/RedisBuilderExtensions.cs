using LocalRunner.ApplicationModel;

namespace LocalRunner;

/// <summary>Adds Redis to an application.</summary>
public static class RedisBuilderExtensions
{
    /// <summary>Adds a Redis server: the one of <c>ConnectionStrings:{name}</c> where that is set, else one that is started here.</summary>
    /// <param name="builder">The application.</param>
    /// <param name="name">The resource's name.</param>
    /// <returns>What describes the server.</returns>
    public static IResourceBuilder<RedisResource> AddRedis(this IDistributedApplicationBuilder builder, string name) =>
        builder.AddResource(new RedisResource(name));
}
