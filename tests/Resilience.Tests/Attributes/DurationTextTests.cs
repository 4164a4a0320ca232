using CsCheck;
using Resilience.Attributes;
using Xunit;

namespace Resilience.Tests.Attributes;

public sealed class DurationTextTests
{
    [Theory]
    [InlineData("250ms", "00:00:00.250")]
    [InlineData("2s", "00:00:02")]
    [InlineData(" 2 s ", "00:00:02")]
    [InlineData("1.5m", "00:01:30")]
    [InlineData("0.5ms", "00:00:00.0005")]
    [InlineData("24h", "1.00:00:00")]
    [InlineData("0s", "00:00:00")]
    [InlineData("-1s", "-00:00:01")]
    [InlineData("00:00:02", "00:00:02")]
    [InlineData("1.00:00:00", "1.00:00:00")]
    public void A_time_is_read_as_it_is_written(string text, string expected)
    {
        Assert.True(DurationText.TryParse(text, out var time));
        Assert.Equal(TimeSpan.Parse(expected, System.Globalization.CultureInfo.InvariantCulture), time);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("s")]
    [InlineData("soon")]
    [InlineData("30")] // days, to TimeSpan
    [InlineData("2 sec")]
    [InlineData("2S")]
    [InlineData("1,5s")]
    [InlineData("1e3s")]
    [InlineData("999999999999999h")] // more than a TimeSpan holds
    [InlineData("99999999999999999999999999999999999s")]
    [InlineData("25:61:00")]
    public void Anything_else_is_not_a_time(string? text) => Assert.False(DurationText.TryParse(text, out _));

    [Fact]
    public void Every_whole_number_of_milliseconds_comes_back() =>
        Gen.Int.Sample(static milliseconds => DurationText.TryParse($"{milliseconds}ms", out var time) && time == TimeSpan.FromMilliseconds(milliseconds));
}
