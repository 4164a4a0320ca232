using Microsoft.Extensions.Time.Testing;
using Resilience.ConnectionPools;
using Xunit;

namespace Resilience.Tests.ConnectionPools;

/// <summary>A pool that nobody wants anything of costs nothing but its upkeep.</summary>
public sealed class QuietPoolTests
{
    [Fact]
    public async Task Once_everybody_was_served_the_pool_wakes_for_its_upkeep_only()
    {
        var token = TestContext.Current.CancellationToken;
        var time = new CountingTime();
        var server = new FakeServer();
        await using var pool = new ConnectionPool<FakeConnection>("quiet", server, new() { MaxSize = 1 }, time);
        var holder = await pool.AcquireAsync(token);
        var waiting = pool.AcquireAsync(token).AsTask();
        holder.Dispose();
        (await waiting).Dispose();
        var before = time.Rings;

        for (var step = 0; step < 600; step++)
        {
            time.Inner.Advance(TimeSpan.FromSeconds(0.1));
        }

        Assert.InRange(time.Rings - before, 0, 60); // in a minute
    }

    private sealed class CountingTime : TimeProvider
    {
        private int _rings;

        public FakeTimeProvider Inner { get; } = new();

        public int Rings => Volatile.Read(ref _rings);

        public override long TimestampFrequency => Inner.TimestampFrequency;

        public override long GetTimestamp() => Inner.GetTimestamp();

        public override DateTimeOffset GetUtcNow() => Inner.GetUtcNow();

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) => Inner.CreateTimer(
            state =>
            {
                Interlocked.Increment(ref _rings);
                callback(state);
            },
            state,
            dueTime,
            period);
    }
}
