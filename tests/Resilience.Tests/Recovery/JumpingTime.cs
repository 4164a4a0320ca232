using Microsoft.Extensions.Time.Testing;

namespace Resilience.Tests.Recovery;

/// <summary>A fake clock whose wall time jumps while its monotonic time goes on: what people and NTP do to a machine.</summary>
internal sealed class JumpingTime(FakeTimeProvider inner) : TimeProvider
{
    /// <summary>How far the wall clock is off.</summary>
    public TimeSpan Off { get; set; }

    public override long TimestampFrequency => inner.TimestampFrequency;

    public override DateTimeOffset GetUtcNow() => inner.GetUtcNow() + Off;

    public override long GetTimestamp() => inner.GetTimestamp();

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) => inner.CreateTimer(callback, state, dueTime, period);
}
