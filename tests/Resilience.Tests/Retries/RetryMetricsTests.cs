using System.Diagnostics.Metrics;
using Microsoft.Extensions.Time.Testing;
using Resilience.Retries;
using Resilience.Telemetry;
using Resilience.Timeouts;
using Xunit;

namespace Resilience.Tests.Retries;

public sealed class RetryMetricsTests
{
    private readonly FakeTimeProvider _clock = new();
    private readonly Dictionary<string, double> _seen = [];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Retries_are_counted_by_how_their_calls_ended_and_the_budget_shows_from_the_first_moment()
    {
        const string Name = "metrics-of-retries";
        using var listener = Listen(Name);
        var retry = new BudgetedRetry(Name, new() { Delay = TimeSpan.Zero, Budget = new(new() { Ratio = 0, MinRetriesPerSecond = 0.2 }, _clock) }, _clock);
        listener.RecordObservableInstruments();
        Assert.Equal(2, _seen["resilience.retry.budget.balance"]);

        await Assert.ThrowsAsync<HttpRequestException>(async () => await retry.ExecuteAsync<int>(static _ => throw new HttpRequestException(), Token));
        await retry.ExecuteAsync(static _ => new ValueTask<int>(1), Token);
        listener.RecordObservableInstruments();

        Assert.Equal(2, _seen["resilience.retry.attempts"]);
        Assert.Equal(1, _seen["resilience.retry.suppressed budget"]);
        Assert.Equal(1, _seen["resilience.retry.calls suppressed"]);
        Assert.Equal(1, _seen["resilience.retry.calls first_try"]);
        Assert.Equal(0, _seen["resilience.retry.budget.balance"]);
        GC.KeepAlive(retry); // What is collected is no longer measured.
    }

    [Fact]
    public async Task Time_outs_are_counted_by_cause_and_orphans_show_while_they_run()
    {
        const string Name = "metrics-of-timeouts";
        using var listener = Listen(Name);
        var timeout = new OperationTimeout(
            Name, new() { Timeout = TimeSpan.FromMilliseconds(20), Mode = TimeoutMode.Abandon, GracePeriod = TimeSpan.Zero }, _clock);
        var work = new TaskCompletionSource<int>();
        var running = timeout.ExecuteAsync(_ => new ValueTask<int>(work.Task), Token).AsTask();
        await _clock.AdvanceUntilAsync(running, TimeSpan.FromMilliseconds(20));
        var thrown = await Assert.ThrowsAsync<OperationTimeoutException>(() => running);

        listener.RecordObservableInstruments();
        Assert.Equal(0.02, _seen["resilience.timeout.limit"]);
        Assert.Equal((1, 1), (_seen["resilience.timeout.fired operation"], _seen["resilience.timeout.orphans"]));

        work.SetResult(1);
        await thrown.WorkLeft.WaitAsync(TimeSpan.FromSeconds(10), Token);
        listener.RecordObservableInstruments();
        Assert.Equal(0, _seen["resilience.timeout.orphans"]);
        GC.KeepAlive(timeout); // What is collected is no longer measured.
    }

    private MeterListener Listen(string name)
    {
        var listener = new MeterListener
        {
            InstrumentPublished = static (instrument, listener) =>
            {
                if (instrument.Meter.Name == ResilienceTelemetry.Name && instrument.Name.StartsWith("resilience.", StringComparison.Ordinal))
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Note(name, instrument, value, tags));
        listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Note(name, instrument, value, tags));
        listener.Start();
        return listener;
    }

    private void Note(string name, Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var (mine, kind) = (false, "");
        foreach (var (key, tag) in tags)
        {
            mine |= key == ResilienceTags.Name && name.Equals(tag);
            kind = key == ResilienceTags.Name ? kind : $" {tag}";
        }

        lock (_seen)
        {
            if (mine)
            {
                _seen[instrument.Name + kind] = instrument.IsObservable ? value : _seen.GetValueOrDefault(instrument.Name + kind) + value;
            }
        }
    }
}
