using Xunit;

namespace Resilience.Redis.Tests.Servers;

[CollectionDefinition(nameof(GarnetServer))]
public sealed class OnGarnet : ICollectionFixture<GarnetServer>;

[CollectionDefinition(nameof(RealRedisServer))]
public sealed class OnRealRedis : ICollectionFixture<RealRedisServer>;
