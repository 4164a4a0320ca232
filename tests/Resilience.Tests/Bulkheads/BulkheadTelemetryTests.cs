using System.Diagnostics.Metrics;
using Resilience.Bulkheads;
using Resilience.Telemetry;
using Resilience.Tests.Telemetry;
using Xunit;

namespace Resilience.Tests.Bulkheads;

public sealed class BulkheadTelemetryTests : IDisposable
{
    private readonly SeenMeasurements _seen = new(static instrument => instrument.Contains("bulkhead", StringComparison.Ordinal));
    private readonly string _name = "telemetry-" + Guid.NewGuid().ToString("N")[..8];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _seen.Dispose();

    [Fact]
    public async Task A_bulkhead_has_its_gauges_from_the_first_moment_and_none_after_it_is_gone()
    {
        var bulkhead = new Bulkhead(_name, new BulkheadOptions { MaxConcurrency = 3 });
        Assert.Equal((3, 0, 0), (Read("resilience.bulkhead.limit"), Read("resilience.bulkhead.in_use"), Read("resilience.bulkhead.queue.length")));

        using var permit = await bulkhead.AcquireAsync(Token);

        Assert.Equal((1, 1), (Read("resilience.bulkhead.in_use"), Read("resilience.bulkhead.granted")));
        bulkhead.Dispose();
        Assert.Null(Read("resilience.bulkhead.limit"));
    }

    [Fact]
    public void Bulkheads_of_one_name_are_one_series()
    {
        using var one = new Bulkhead(_name, new BulkheadOptions { MaxConcurrency = 3 });
        using var other = new Bulkhead(_name, new BulkheadOptions { MaxConcurrency = 4 });

        Assert.Equal(7, Read("resilience.bulkhead.limit"));
    }

    [Fact]
    public void Refusals_are_counted_by_reason()
    {
        using var bulkhead = new Bulkhead(_name, new BulkheadOptions { MaxConcurrency = 1 });
        bulkhead.TryAcquire(out _);
        bulkhead.TryAcquire(out _);

        Assert.Equal(1, Read("resilience.bulkhead.rejected", "queue_full"));
        Assert.Equal(0, Read("resilience.bulkhead.rejected", "deadline"));
    }

    [Fact]
    public async Task Who_waited_is_in_the_histogram_in_seconds_and_who_did_not_is_not()
    {
        using var bulkhead = new Bulkhead(_name, new BulkheadOptions { MaxConcurrency = 1, MaxQueue = 1 });
        var first = await bulkhead.AcquireAsync(Token);
        var second = bulkhead.AcquireAsync(Token);
        first.Dispose();
        (await second).Dispose();

        Assert.Single(_seen.Recorded("resilience.bulkhead.queue.duration", tags => Equals(tags[ResilienceTags.Name], _name)));

        Assert.NotNull(bulkhead.Snapshot().QueueTimeP99);
    }

    [Fact]
    public async Task A_listener_that_throws_costs_nobody_a_permit()
    {
        using var throwing = new MeterListener();
        throwing.InstrumentPublished = static (instrument, listener) =>
        {
            if (instrument.Name == "resilience.bulkhead.queue.duration")
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        throwing.SetMeasurementEventCallback<double>(static (_, _, _, _) => throw new NotSupportedException());
        throwing.Start();
        using var bulkhead = new Bulkhead(_name, new BulkheadOptions { MaxConcurrency = 1, MaxQueue = 1 });
        var first = await bulkhead.AcquireAsync(Token);
        var second = bulkhead.AcquireAsync(Token);

        first.Dispose();
        (await second).Dispose();

        Assert.Equal(0, bulkhead.Snapshot().InUse);
    }

    [Fact]
    public async Task A_thread_bulkhead_shows_its_threads_its_queue_and_what_it_did()
    {
        await using var bulkhead = new ThreadBulkhead(_name, new ThreadBulkheadOptions { Threads = 2 });

        await bulkhead.ExecuteAsync(static _ => 1, Token);

        Assert.Equal((2, 0, 1), (Read("resilience.thread_bulkhead.threads"), Read("resilience.thread_bulkhead.queue.length"), Read("resilience.thread_bulkhead.completed")));
        Assert.Equal(0, Read("resilience.thread_bulkhead.rejected", "shutdown"));
    }

    private double? Read(string instrument, string? reason = null) => _seen.Read(
        instrument, tags => Equals(tags[ResilienceTags.Name], _name) && (reason is null || Equals(tags[ResilienceTags.Reason], reason)));
}
