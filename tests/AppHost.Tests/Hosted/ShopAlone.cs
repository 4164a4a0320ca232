using Xunit;

namespace AppHost.Tests.Hosted;

/// <summary>Tests that run a whole shop, one after another and beside no other test: they wait for what a person would wait for.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class ShopAlone
{
    /// <summary>The group's name.</summary>
    public const string Name = "A shop alone";
}
