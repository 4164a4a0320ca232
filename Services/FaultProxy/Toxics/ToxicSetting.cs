namespace FaultProxy.Toxics;

/// <summary>What an effect stands on.</summary>
/// <param name="Clock">Tells the time.</param>
/// <param name="Chance">Draws from 0 to 1, safe to share between threads.</param>
internal sealed record ToxicSetting(TimeProvider Clock, Func<double> Chance)
{
    /// <summary>Converts to a difference between timestamps of the clock.</summary>
    public long Ticks(double milliseconds) => (long)(milliseconds * Clock.TimestampFrequency / 1000);
}
