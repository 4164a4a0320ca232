using System.Reflection;
using Polly;
using Resilience.Attributes;
using Resilience.Generators.Reading;
using Resilience.Pipelines;
using Xunit;

namespace Resilience.Generators.Tests;

/// <summary>What the generator takes for granted about the library.</summary>
public sealed class PatternTests
{
    private static readonly Assembly _library = typeof(RetryAttribute).Assembly;

    public static TheoryData<string> Keys => [.. KnownNames.Order.Select(static strategy => strategy.Key)];

    [Theory]
    [MemberData(nameof(Keys))]
    public void Each_setting_of_an_attribute_is_an_option_of_its_strategy(string key)
    {
        var strategy = KnownNames.Order.Single(strategy => strategy.Key == key);
        var options = _library.GetType(strategy.Options, throwOnError: true)!;
        var attribute = _library.GetType(KnownNames.MetadataName(strategy.Attribute), throwOnError: true)!;

        var settings = strategy.Only is { } only
            ? [(attribute.GetProperty(only.Property)!, only.Option)]
            : attribute.GetProperties(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly)
                .Where(static property => property.PropertyType != typeof(Type[]))
                .Select(static property => (property, property.Name));

        foreach (var (setting, option) in settings)
        {
            var property = options.GetProperty(option);
            Assert.True(property is { CanWrite: true }, $"{options.Name} has no {option} for [{strategy.Attribute}] to set.");
            var type = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
            Assert.Equal(type, setting.PropertyType == typeof(string) ? typeof(TimeSpan) : setting.PropertyType);
        }
    }

    [Theory]
    [MemberData(nameof(Keys))]
    public void Each_strategy_has_the_method_that_adds_it(string key)
    {
        var strategy = KnownNames.Order.Single(strategy => strategy.Key == key);
        var options = _library.GetType(strategy.Options, throwOnError: true)!;

        Assert.True(typeof(ResilienceStrategyOptions).IsAssignableFrom(options));
        Assert.Contains(
            _library.GetExportedTypes().Where(type => type.Namespace == options.Namespace && type is { IsAbstract: true, IsSealed: true }).SelectMany(static type => type.GetMethods()),
            method => method.Name == strategy.Extension && method.GetParameters() is [_, var second] && second.ParameterType == options);
    }

    [Fact]
    public void The_order_is_the_librarys_one_order()
    {
        var stages = KnownNames.Order.Select(static strategy => Enum.Parse<PipelineStage>(strategy.Key == "Timeout" ? nameof(PipelineStage.TotalTimeout) : strategy.Key)).ToArray();

        PipelineOrder.Ensure("generated", stages);
        Assert.Equal(stages.Distinct(), stages);
    }
}
