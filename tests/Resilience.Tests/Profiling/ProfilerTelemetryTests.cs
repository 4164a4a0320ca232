using System.Diagnostics;
using System.Diagnostics.Metrics;
using Resilience.Profiling;
using Xunit;

namespace Resilience.Tests.Profiling;

public sealed class ProfilerTelemetryTests
{
    [Fact]
    public void What_an_operator_must_know_is_metered_from_the_first_moment()
    {
        var profiler = new ScopeProfiler("metered", new() { MaxPaths = 1 });
        Assert.Equal([("resilience.profiler.double_disposes", 0), ("resilience.profiler.dropped", 0), ("resilience.profiler.paths", 0)], Read("metered"));

        var scope = profiler.Scope("a");
        profiler.Scope("b").Dispose();
        scope.Dispose();
        scope.Dispose();

        Assert.Equal([("resilience.profiler.double_disposes", 1), ("resilience.profiler.dropped", 1), ("resilience.profiler.paths", 1)], Read("metered"));
        GC.KeepAlive(profiler);
    }

    [Fact]
    public async Task Scopes_are_mirrored_as_spans_when_asked_for()
    {
        var root = new Activity("test").Start();
        var ended = new List<string>();
        using var listener = Listen(root, activity => ended.Add($"{activity.Parent?.DisplayName}/{activity.DisplayName}"));
        var profiler = new ScopeProfiler("spans");
        using (profiler.Scope("not asked for"))
        {
        }

        profiler.MirrorsSpans = true;
        using (profiler.AsyncScope("order"))
        {
            await Task.Yield();
            using (profiler.Scope("price"))
            {
            }
        }

        Assert.Same(root, Activity.Current);
        Assert.Equal(["order/price", "test/order"], ended);
        root.Stop();
    }

    [Fact]
    public void A_span_ended_on_another_thread_leaves_that_threads_span_alone()
    {
        var root = new Activity("test").Start();
        using var listener = Listen(root, static _ => { });
        var profiler = new ScopeProfiler("spans", new() { MirrorsSpans = true });
        var scope = profiler.AsyncScope("order");
        using (ExecutionContext.SuppressFlow())
        {
            AsyncScopeTests.OnThread(() =>
            {
                var other = new Activity("other").Start();
                scope.Dispose();
                Assert.Same(other, Activity.Current);
                other.Stop();
            });
        }

        root.Stop();
    }

    [Fact]
    public void A_listener_that_throws_breaks_nothing()
    {
        var root = new Activity("test").Start();
        using var listener = Listen(root, static _ => throw new InvalidOperationException("listener"));
        var profiler = new ScopeProfiler("spans", new() { MirrorsSpans = true });
        using (profiler.Scope("order"))
        using (profiler.AsyncScope("price"))
        {
        }

        root.Stop();
        var order = Assert.Single(profiler.Snapshot().Roots);
        Assert.Equal((1, 1), (order.Count, Assert.Single(order.Children).Count));
    }

    private static ActivityListener Listen(Activity root, Action<Activity> stopped)
    {
        var listener = new ActivityListener
        {
            ShouldListenTo = static source => source.Name == "Resilience",
            Sample = (ref ActivityCreationOptions<ActivityContext> options) =>
                options.Parent.TraceId == root.TraceId ? ActivitySamplingResult.AllDataAndRecorded : ActivitySamplingResult.None,
            ActivityStopped = activity =>
            {
                if (activity.TraceId == root.TraceId)
                {
                    stopped(activity);
                }
            },
        };
        ActivitySource.AddActivityListener(listener);
        return listener;
    }

    private static List<(string, long)> Read(string name)
    {
        var read = new List<(string, long)>();
        using var listener = new MeterListener();
        listener.InstrumentPublished = static (instrument, listener) =>
        {
            if (instrument.Name.StartsWith("resilience.profiler.", StringComparison.Ordinal))
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) =>
        {
            foreach (var tag in tags)
            {
                if (tag is { Key: "resilience.name", Value: string owner } && owner == name)
                {
                    read.Add((instrument.Name, value));
                }
            }
        });
        listener.Start();
        listener.RecordObservableInstruments();
        return [.. read.OrderBy(static one => one.Item1, StringComparer.Ordinal)];
    }
}
