using LocalRunner.Orchestration;
using Xunit;

namespace Hosting.Tests.Orchestration;

public sealed class HealthPaceTests
{
    [Theory]
    [InlineData(true, 0, 2_000)]
    [InlineData(true, 60, 2_000)]
    [InlineData(false, 0, 100)]
    [InlineData(false, 9.9, 100)]
    [InlineData(false, 10, 1_000)]
    public void Looks_often_while_something_is_about_to_happen(bool healthy, double unchangedSeconds, double milliseconds) =>
        Assert.Equal(milliseconds, HealthPace.Next(healthy, TimeSpan.FromSeconds(unchangedSeconds)).TotalMilliseconds);
}
