using Resilience.Attributes;
using Resilience.Retries;
using Xunit;

namespace Resilience.Tests.Attributes;

public sealed class MethodSettingsTests
{
    [Fact]
    public void What_is_not_configured_stays()
    {
        var settings = new MethodSettings("IShop.BuyAsync", static _ => null);

        Assert.Equal(3, settings.Number("Retry:MaxRetryAttempts", 3));
        Assert.Null(settings.Number("CircuitBreaker:ConsecutiveFailures", null));
        Assert.Equal(0.5, settings.Ratio("CircuitBreaker:FailureRatio", 0.5));
        Assert.Equal(TimeSpan.FromSeconds(1), settings.Time("Retry:Delay", TimeSpan.FromSeconds(1)));
        Assert.Equal(JitterKind.Equal, settings.Choice("Retry:Jitter", JitterKind.Equal));
        Assert.True(settings.Switch("Retry:DeadlineAware", true));
        Assert.Equal(3, new MethodSettings("IShop.BuyAsync", read: null).Number("Retry:MaxRetryAttempts", 3));
    }

    [Fact]
    public void What_is_configured_takes_the_place_of_what_the_attribute_says()
    {
        Assert.Equal(5, Configured("5").Number("Retry:MaxRetryAttempts", 3));
        Assert.Equal(5, Configured("5").Number("CircuitBreaker:ConsecutiveFailures", null));
        Assert.Equal(0.25, Configured("0.25").Ratio("CircuitBreaker:FailureRatio", 0.5));
        Assert.Equal(TimeSpan.FromMilliseconds(50), Configured("50ms").Time("Retry:Delay", TimeSpan.Zero));
        Assert.Equal(TimeSpan.FromSeconds(2), Configured("00:00:02").Time("CircuitBreaker:SlowCallThreshold", null));
        Assert.Equal(JitterKind.None, Configured("none").Choice("Retry:Jitter", JitterKind.Full));
        Assert.False(Configured("false").Switch("Retry:DeadlineAware", true));
    }

    [Fact]
    public void What_can_not_be_read_is_named_with_its_key_and_what_to_write()
    {
        AssertUnreadable(static settings => settings.Number("Retry:MaxRetryAttempts", 3), "Retry:MaxRetryAttempts is 'much'. Write a whole number.");
        AssertUnreadable(static settings => settings.Ratio("CircuitBreaker:FailureRatio", 1), "CircuitBreaker:FailureRatio is 'much'. Write a number such as 0.5.");
        AssertUnreadable(static settings => settings.Switch("Retry:DeadlineAware", true), "Retry:DeadlineAware is 'much'. Write true or false.");
        AssertUnreadable(
            static settings => settings.Choice("Retry:Jitter", JitterKind.None),
            $"Retry:Jitter is 'much'. Write one of: {string.Join(", ", Enum.GetNames<JitterKind>())}.");
        AssertUnreadable(static settings => settings.Time("Retry:Delay", TimeSpan.Zero), $"Retry:Delay is 'much'. {DurationText.Advice}");
    }

    [Fact]
    public void A_number_is_not_a_name() => Assert.Throws<FormatException>(static () => Configured("77").Choice("Retry:Jitter", JitterKind.None));

    private static void AssertUnreadable(Func<MethodSettings, object> read, string message) =>
        Assert.Equal("Resilience:Methods:IShop.BuyAsync:" + message, Assert.Throws<FormatException>(() => read(Configured("much"))).Message);

    private static MethodSettings Configured(string value) =>
        new("IShop.BuyAsync", key => key.StartsWith("Resilience:Methods:IShop.BuyAsync:", StringComparison.Ordinal) ? value : null);
}
