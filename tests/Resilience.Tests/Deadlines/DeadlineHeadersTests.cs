using CsCheck;
using Resilience.Deadlines;
using Xunit;

namespace Resilience.Tests.Deadlines;

public sealed class DeadlineHeadersTests
{
    [Theory]
    [InlineData("2H", 7_200_000)]
    [InlineData("3M", 180_000)]
    [InlineData("4S", 4_000)]
    [InlineData("250m", 250)]
    [InlineData("1500u", 1.5)]
    [InlineData("2000000n", 2)]
    [InlineData("0S", 0)]
    [InlineData("99999999H", 99_999_999 * 3_600_000.0)]
    public void Every_unit_of_grpc_timeout_is_read(string value, double milliseconds) =>
        Assert.Equal(TimeSpan.FromMilliseconds(milliseconds), DeadlineHeaders.Read(value, "77"));

    [Theory]
    [InlineData("")]
    [InlineData("S")]
    [InlineData("5")]
    [InlineData("-5S")]
    [InlineData("NaN")]
    [InlineData("1.5S")]
    [InlineData(" 5S")]
    [InlineData("5s")]
    [InlineData("123456789S")] // nine digits
    [InlineData(null)]
    public void What_is_no_grpc_timeout_is_ignored_and_the_next_header_read(string? value) =>
        Assert.Equal(TimeSpan.FromMilliseconds(77), DeadlineHeaders.Read(value, "77"));

    [Theory]
    [InlineData("-5")]
    [InlineData("NaN")]
    [InlineData("Infinity")]
    [InlineData("1e3")]
    [InlineData("100, 200")]
    [InlineData("٣")] // a digit, though not one of ours
    [InlineData("")]
    [InlineData(null)]
    public void What_is_no_number_of_milliseconds_is_ignored(string? value) => Assert.Null(DeadlineHeaders.Read(null, value));

    [Theory]
    [InlineData("0", 50)]
    [InlineData("-5", 10_000)]
    [InlineData(null, 10_000)]
    [InlineData("49", 50)]
    [InlineData("2000", 2_000)]
    [InlineData("99999999999999999999999", 10_000)]
    public void What_comes_from_outside_is_clamped(string? value, double milliseconds) => Assert.Equal(
        TimeSpan.FromMilliseconds(milliseconds),
        DeadlineHeaders.Read(null, value, TimeSpan.FromMilliseconds(50), TimeSpan.FromSeconds(10)));

    [Theory]
    [InlineData(2_000, "1900")]
    [InlineData(1, "0")]
    [InlineData(0, "0")]
    public void The_next_hop_is_told_what_is_left_less_five_percent(double milliseconds, string expected) =>
        Assert.Equal(expected, DeadlineHeaders.Write(TimeSpan.FromMilliseconds(milliseconds)));

    [Fact]
    public void No_bound_is_not_told() =>
        Assert.Equal([null, null], [DeadlineHeaders.Write(Timeout.InfiniteTimeSpan), DeadlineHeaders.Write(TimeSpan.MaxValue)]);

    [Fact]
    public void What_is_written_can_be_read_and_is_never_more_than_what_was_left() =>
        Gen.Long[0, TimeSpan.MaxValue.Ticks - 1].Sample(ticks =>
        {
            var left = TimeSpan.FromTicks(ticks);
            var told = DeadlineHeaders.Read(null, DeadlineHeaders.Write(left));
            Assert.NotNull(told);
            Assert.InRange(told.Value, TimeSpan.Zero, left);
        });

    [Fact]
    public void No_header_whatever_makes_it_throw() =>
        Gen.Select(Gen.String, Gen.String).Sample((grpc, expected) => DeadlineHeaders.Read(grpc, expected) is null or { Ticks: >= 0 });
}
