using CsCheck;
using Resilience.Retries;
using Xunit;

namespace Resilience.Tests.Retries;

public sealed class RetryHintTests
{
    private static readonly DateTimeOffset _now = new(1994, 11, 6, 8, 49, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("120", 120)]
    [InlineData(" 5 ", 5)]
    [InlineData("0", 0)]
    [InlineData("Sun, 06 Nov 1994 08:49:37 GMT", 37)]
    [InlineData("Sunday, 06-Nov-94 08:49:37 GMT", 37)]
    [InlineData("Sun Nov  6 08:49:37 1994", 37)]
    [InlineData("Sun, 06 Nov 1994 08:48:00 GMT", 0)] // past
    public void Retry_After_is_read_in_seconds_and_in_all_forms_of_a_date(string value, double seconds) =>
        Assert.Equal(RetryAfterHint.After(TimeSpan.FromSeconds(seconds)), RetryAfterHint.ParseHttp(value, _now));

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("soon")]
    [InlineData("-5")]
    [InlineData("1.5")]
    [InlineData("NaN")]
    [InlineData("Sun, 31 Feb 1994 08:49:37 GMT")]
    public void Garbage_is_no_wish(string? value) => Assert.Equal(RetryAfterHint.None, RetryAfterHint.ParseHttp(value, _now));

    [Fact]
    public void An_absurd_number_is_the_longest_time() =>
        Assert.Equal(TimeSpan.MaxValue, RetryAfterHint.ParseHttp("999999999999999999999", _now).Wait);

    [Theory]
    [InlineData(null, null, false)]
    [InlineData("25", 25.0, false)]
    [InlineData("-1", null, true)]
    [InlineData("later", null, true)]
    public void A_negative_grpc_pushback_means_stop(string? value, double? milliseconds, bool stop)
    {
        var hint = RetryAfterHint.ParsePushback(value);

        Assert.Equal((milliseconds, stop), (hint.Wait?.TotalMilliseconds, hint.IsStop));
    }

    [Theory]
    [InlineData(null, 1)]
    [InlineData("1", 1)]
    [InlineData("3", 3)]
    [InlineData("0", 1)]
    [InlineData("-5", 1)]
    [InlineData("NaN", 1)]
    [InlineData("99999999999999", int.MaxValue)]
    public void The_attempt_count_is_read_and_garbage_is_a_first_attempt(string? value, int expected) => Assert.Equal(expected, AttemptCount.Parse(value));

    [Fact]
    public void The_attempt_count_is_ambient_until_its_scope_ends()
    {
        Assert.Equal((1, false), (AttemptCount.Current, AttemptCount.IsRetry));
        using (AttemptCount.Begin(3))
        {
            Assert.Equal((3, true), (AttemptCount.Current, AttemptCount.IsRetry));
        }

        Assert.Equal(1, AttemptCount.Current);
        Assert.Equal("1", AttemptCount.Format(-3));
    }

    [Fact]
    public void No_header_whatever_makes_it_throw() =>
        Gen.String.Sample(value => RetryAfterHint.ParseHttp(value, _now).Wait is null or { Ticks: >= 0 } && AttemptCount.Parse(value) >= 1);
}
