using System.Text;
using Microsoft.Extensions.ObjectPool;
using Resilience.Memory;
using Resilience.ObjectPools;
using Xunit;

namespace Resilience.Tests.ObjectPools;

/// <summary>What the pattern's page shows, run; and each of the ready-made pools.</summary>
public sealed class ObjectPoolUsageTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public void By_itself()
    {
        using var builders = Pools.StringBuilders("receipts");

        using var lease = builders.Rent(out var builder);
        builder.Append("2 × tea");

        Assert.Equal("2 × tea", builder.ToString());
    }

    [Fact]
    public async Task Bounded()
    {
        var cancellationToken = Token;

        using var engines = new TrackedObjectPool<Engine>(
            "pricing", new DefaultPooledObjectPolicy<Engine>(), new ObjectPoolOptions { MaxSize = 4, IsBounded = true, MaxWait = TimeSpan.FromMilliseconds(200) });

        using (var lease = await engines.RentAsync(cancellationToken))
        {
            lease.Value.Price("tea");
        }

        var (idle, misused) = (engines.Snapshot().Idle, engines.Snapshot().DoubleReturns);

        Assert.Equal((1, 0L), (idle, misused));
    }

    [Fact]
    public void Trimmed_by_who_watches_memory()
    {
        using var memory = new MemoryManager("shop");

        using var trimming = memory.Register(MemoryStage.TrimPools, static pressure => Pools.TrimAll(pressure.Severity));

        Assert.NotNull(trimming);
    }

    [Fact]
    public void String_builders_come_back_empty_and_not_when_they_have_grown_large()
    {
        using var pool = Pools.StringBuilders("test", maxCapacity: 100);
        var small = pool.Get().Append('x');
        pool.Return(small);
        Assert.Equal(0, small.Length);

        pool.Return(pool.Get().Append('x', 200));

        Assert.Equal(1, pool.Snapshot().Discarded);
    }

    [Fact]
    public void Memory_streams_come_back_empty_and_not_when_their_renter_disposed_them()
    {
        using var pool = Pools.MemoryStreams("test");
        var stream = pool.Get();
        stream.Write("x"u8);
        pool.Return(stream);
        Assert.Equal((0L, 0L), (stream.Length, stream.Position));

        pool.Get().Dispose();
        pool.Return(stream);

        Assert.Equal((0, 1L), (pool.Snapshot().Idle, pool.Snapshot().Discarded));
        Assert.NotSame(stream, pool.Get());
    }

    [Fact]
    public void Arrays_are_of_one_length_and_hold_on_to_nothing()
    {
        using var pool = Pools.Arrays<string>("test", 3);
        var array = pool.Get();
        array[0] = "x";
        pool.Return(array);

        Assert.Equal([null, null, null], array);
        pool.Return(["stranger"]);
        Assert.Equal(1, pool.Snapshot().Discarded);
    }

    [Fact]
    public void Lists_and_dictionaries_come_back_empty_and_not_when_they_have_grown_large()
    {
        using var lists = Pools.Lists<int>("test", maxCapacity: 8);
        using var dictionaries = Pools.Dictionaries<int, int>("test", maxCapacity: 8);
        var (list, dictionary) = (lists.Get(), dictionaries.Get());
        list.Add(1);
        dictionary[1] = 1;
        lists.Return(list);
        dictionaries.Return(dictionary);
        Assert.Equal((0, 0), (list.Count, dictionary.Count));

        lists.Return([.. Enumerable.Range(0, 9)]);
        dictionaries.Return(Enumerable.Range(0, 9).ToDictionary(static number => number));

        Assert.Equal((1L, 1L), (lists.Snapshot().Discarded, dictionaries.Snapshot().Discarded));
    }

    [Fact]
    public void Pitfall_a_cancellation_source_comes_back_without_its_timer_and_its_registrations_and_never_cancelled()
    {
        using var pool = Pools.CancellationSources("test", new() { MaxSize = 1, TrimsUnderPressure = false });
        var source = pool.Get();
        var called = 0;
        source.Token.Register(() => called++);
        source.CancelAfter(TimeSpan.FromHours(1));
        pool.Return(source);
        Assert.Same(source, pool.Get());
        source.Cancel();
        Assert.Equal(0, called);

        pool.Return(source);

        Assert.Equal((0, 1L), (pool.Snapshot().Idle, pool.Snapshot().Discarded));
        Assert.False(pool.Get().IsCancellationRequested);
    }

    private sealed class Engine
    {
        private readonly StringBuilder _log = new();

        public void Price(string item) => _log.Append(item);
    }
}
