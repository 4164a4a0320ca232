using CsCheck;
using Microsoft.Extensions.Time.Testing;
using Resilience.Timeouts;
using Xunit;

namespace Resilience.Tests.Timeouts;

public sealed class TimerWheelTests
{
    private readonly FakeTimeProvider _clock = new();

    [Fact]
    public void What_is_armed_comes_due_once_never_early_and_at_most_three_steps_late() =>
        Gen.Select(Gen.Int[0, 6_000], Gen.Int[0, 50]).Array[1, 30].Sample(
            delays =>
            {
                var clock = new FakeTimeProvider();
                var wheel = new TimerWheel(clock);
                var entries = new List<Entry>();
                foreach (var (delay, apart) in delays)
                {
                    Step(clock, apart);
                    var entry = new Entry(clock, TimeSpan.FromMilliseconds(delay));
                    entries.Add(entry);
                    wheel.Arm(entry, entry.Delay);
                }

                Step(clock, 6_100); // more than a turn of the ring
                Assert.All(entries, static entry => Assert.InRange(Assert.Single(entry.Fired) - entry.Delay, TimeSpan.Zero, TimeSpan.FromMilliseconds(15)));
                Assert.Equal(0, wheel.Armed);
            },
            iter: 20);

    [Fact]
    public void What_is_disarmed_never_comes_due()
    {
        var wheel = new TimerWheel(_clock);
        var entries = Enumerable.Range(0, 100).Select(_ => new Entry(_clock, TimeSpan.FromMilliseconds(100))).ToArray();
        foreach (var entry in entries)
        {
            wheel.Arm(entry, entry.Delay);
        }

        Assert.True(wheel.Disarm(entries[50]));
        Assert.False(wheel.Disarm(entries[50]));
        Assert.True(wheel.Disarm(entries[0]));
        Assert.True(wheel.Disarm(entries[99]));
        _clock.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal(97, entries.Count(static entry => entry.Fired.Count == 1));
        Assert.Empty(entries[50].Fired);
    }

    [Fact]
    public void A_wheel_that_rested_and_one_that_slept_for_days_go_on()
    {
        var wheel = new TimerWheel(_clock);
        foreach (var pause in (TimeSpan[])[TimeSpan.FromSeconds(1), TimeSpan.FromDays(3), TimeSpan.FromMilliseconds(1)])
        {
            _clock.Advance(pause);
            var entry = new Entry(_clock, TimeSpan.FromMilliseconds(20));
            wheel.Arm(entry, entry.Delay);
            _clock.Advance(TimeSpan.FromMilliseconds(30));
            Assert.Single(entry.Fired);
        }
    }

    [Fact]
    public void An_entry_can_be_armed_again_from_its_own_firing()
    {
        var wheel = new TimerWheel(_clock);
        var entry = new Entry(_clock, TimeSpan.FromMilliseconds(20));
        entry.Then = () => wheel.Arm(entry, entry.Delay);

        wheel.Arm(entry, entry.Delay);
        Step(_clock, 130);

        Assert.InRange(entry.Fired.Count, 4, 6);
    }

    [Fact]
    public async Task Arming_disarming_and_walking_at_once_loses_and_doubles_nothing()
    {
        var wheel = new TimerWheel(_clock);
        using var over = new CancellationTokenSource();
        var walking = Task.Run(
            () =>
            {
                while (!over.IsCancellationRequested)
                {
                    _clock.Advance(TimeSpan.FromMilliseconds(5));
                }
            },
            TestContext.Current.CancellationToken);

        var ends = await Task.WhenAll(Enumerable.Range(0, 4).Select(worker => Task.Run(() =>
        {
            var (seeded, disarmed, fired) = (new Random(worker), 0, 0);
            var entries = new List<Entry>();
            for (var turn = 0; turn < 5_000; turn++)
            {
                var entry = new Entry(_clock, TimeSpan.FromMilliseconds(seeded.Next(60)));
                entries.Add(entry);
                wheel.Arm(entry, entry.Delay);
                if (seeded.Next(2) == 0 && wheel.Disarm(entry))
                {
                    disarmed++;
                }
            }

            SpinWait.SpinUntil(() => (fired = entries.Sum(static entry => entry.Fired.Count)) + disarmed == entries.Count, TimeSpan.FromSeconds(10));
            return (entries.Count, disarmed + fired);
        })));
        await over.CancelAsync();
        await walking;

        Assert.All(ends, static end => Assert.Equal(end.Count, end.Item2));
        Assert.Equal(0, wheel.Armed);
    }

    private static void Step(FakeTimeProvider clock, int milliseconds)
    {
        for (var passed = 0; passed < milliseconds; passed++)
        {
            clock.Advance(TimeSpan.FromMilliseconds(1));
        }
    }

    private sealed class Entry(FakeTimeProvider clock, TimeSpan delay) : WheelEntry
    {
        private readonly long _armed = clock.GetTimestamp();

        public TimeSpan Delay => delay;

        public List<TimeSpan> Fired { get; } = [];

        public Action? Then { get; set; }

        public override void Fire()
        {
            Fired.Add(clock.GetElapsedTime(_armed));
            if (Fired.Count < 5)
            {
                Then?.Invoke();
            }
        }
    }
}
