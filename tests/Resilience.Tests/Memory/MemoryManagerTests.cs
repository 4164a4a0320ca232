using System.ComponentModel.DataAnnotations;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.Time.Testing;
using Resilience.Memory;
using Xunit;

namespace Resilience.Tests.Memory;

public sealed class MemoryManagerTests
{
    private readonly ScriptedMemory _source = new() { Used = 100 };
    private readonly FakeTimeProvider _time = new();
    private readonly List<string> _done = [];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public void Over_the_soft_limit_each_look_goes_one_stage_further()
    {
        using var memory = Make();
        Assert.Equal(MemoryLevel.Ample, memory.Check());
        _source.Used = 800;

        Assert.Equal("trim", Done(memory));
        Assert.Equal("trim shrink", Done(memory));
        Assert.Equal("trim shrink shed", Done(memory));
        Assert.Equal(0, _source.Collections);
        Assert.Equal("trim shrink shed", Done(memory));
        Assert.Equal(1, _source.Collections);
        Assert.Equal([4L, 3L, 2L], memory.Snapshot().Actions.OrderBy(static run => run.Key).Select(static run => run.Value));
    }

    [Fact]
    public void Over_the_hard_limit_everything_is_done_at_once()
    {
        using var memory = Make();
        _source.Used = 950;

        Assert.Equal("trim shrink shed", Done(memory));
        Assert.Equal((1, MemoryLevel.Hard), (_source.Collections, memory.Level));
    }

    [Fact]
    public void It_looks_by_itself_and_says_once_when_memory_is_ample_again()
    {
        using var memory = Make();
        List<MemoryLevel> told = [];
        using var shedding = memory.Register(MemoryStage.ShedLoad, pressure => told.Add(pressure.Level));
        _source.Used = 950;
        _time.Advance(TimeSpan.FromSeconds(1));
        _source.Used = 100;
        _time.Advance(TimeSpan.FromSeconds(3));

        Assert.Equal([MemoryLevel.Hard, MemoryLevel.Ample], told);
        shedding.Dispose();
        _source.Used = 950;
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(2, told.Count);
    }

    [Fact]
    public void A_level_is_left_well_under_its_limit_only()
    {
        using var memory = Make();
        _source.Used = 900;
        Assert.Equal(MemoryLevel.Hard, memory.Check());
        _source.Used = 860;
        Assert.Equal(MemoryLevel.Hard, memory.Check());
        _source.Used = 850;
        Assert.Equal(MemoryLevel.Soft, memory.Check());
        _source.Used = 713;
        Assert.Equal(MemoryLevel.Soft, memory.Check());
        _source.Used = 712;
        Assert.Equal(MemoryLevel.Ample, memory.Check());
    }

    [Fact]
    public void Pitfall_collections_are_forced_at_most_once_a_minute()
    {
        using var memory = Make();
        for (var second = 0; second < 121; second++)
        {
            (_source.Used, _source.Garbage) = (950, 500);
            _time.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Equal((3, 3L, 3L), (_source.Collections, memory.Snapshot().Collections, memory.Snapshot().ProductiveCollections));
    }

    [Fact]
    public void Pitfall_a_collection_that_freed_little_is_not_repeated_soon()
    {
        using var memory = Make();
        _source.Used = 950;

        Pass(TimeSpan.FromMinutes(9));
        Assert.Equal((1, 0L), (_source.Collections, memory.Snapshot().ProductiveCollections));
        Pass(TimeSpan.FromMinutes(2));

        Assert.Equal(2, _source.Collections);
    }

    [Fact]
    public void After_one_that_freed_little_the_next_comes_soon_when_work_has_ended_since()
    {
        using var memory = Make();
        var work = memory.Track("held", 400);
        _source.Used = 950;
        Pass(TimeSpan.FromSeconds(2)); // the bytes are in use: nothing to free
        Assert.Equal((1, 0L), (_source.Collections, memory.Snapshot().ProductiveCollections));

        work.Dispose();
        _source.Garbage = 400;
        Pass(TimeSpan.FromSeconds(3));
        Assert.Equal(1, _source.Collections); // no more than one in a tenth of a minute
        Pass(TimeSpan.FromSeconds(3));

        Assert.Equal((2, 1L, MemoryLevel.Ample), (_source.Collections, memory.Snapshot().ProductiveCollections, memory.Level));
    }

    [Fact]
    public void Pitfall_the_heaps_own_limit_counts_where_it_is_nearer_than_the_containers()
    {
        using var memory = Make();
        (_source.Used, _source.Heap, _source.HeapAvailable) = (600, 570, 600);

        Assert.Equal(MemoryLevel.Hard, memory.Check());

        Assert.Equal(540, memory.Snapshot().HardLimit);
    }

    [Fact]
    public void Tagged_work_is_refused_at_the_hard_limit_and_taken_again_after_it()
    {
        using var memory = Make();
        _source.Used = 950;
        memory.Check();

        var refusal = Assert.Throws<MemoryLimitExceededException>(() => memory.Track("cart", 10));
        Assert.Equal("Work tagged 'cart' was refused: it asked for 10 bytes while 950 are used and HardLimit is 900. Try later, or give the process more memory.", refusal.Message);
        Assert.Equal(("cart", 10L, 950L, 900L), (refusal.Tag, refusal.RequestedBytes, refusal.UsedBytes, refusal.LimitBytes));
        _source.Used = 500;
        memory.Check();
        using var cart = memory.Track("cart", 10);

        Assert.Equal(1, memory.Snapshot().Refused);
    }

    [Fact]
    public void Pitfall_a_reading_is_stale_so_what_was_tracked_since_counts_on_top_of_it()
    {
        using var memory = Make();
        var first = memory.Track("cart", 700);
        Assert.Throws<MemoryLimitExceededException>(() => memory.Track("cart", 101));
        using var second = memory.Track("cart", 100);

        first.Dispose();
        using var third = memory.Track("cart", 700);
        _source.Used = 900;
        memory.Check();

        Assert.Throws<MemoryLimitExceededException>(() => memory.Track("cart", 0));
        Assert.Equal(800, Assert.Single(memory.Snapshot().Tags).Bytes);
    }

    [Fact]
    public async Task Pitfall_accounting_is_exact_under_races_and_double_disposal()
    {
        _source.Available = null;
        using var memory = Make();
        using var kept = memory.Track("cart", 5);

        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(
            () =>
            {
                for (var turn = 0; turn < 5_000; turn++)
                {
                    var cart = memory.Track("cart", turn);
                    Parallel.Invoke(cart.Dispose, cart.Dispose);
                }
            },
            Token)));

        var tag = Assert.Single(memory.Snapshot().Tags);
        Assert.Equal((5, 1), (tag.Bytes, tag.Scopes));
    }

    [Fact]
    public void Pitfall_what_was_forgotten_stays_accounted_and_nothing_is_brought_back_to_life()
    {
        using var memory = Make();
        var forgotten = Forget(memory);

        GC.Collect();
        GC.WaitForPendingFinalizers();

        Assert.False(forgotten.TryGetTarget(out _));
        Assert.Equal(1, Assert.Single(memory.Snapshot().Tags).Scopes);

        [MethodImpl(MethodImplOptions.NoInlining)]
        static WeakReference<TrackedMemory> Forget(MemoryManager memory) => new(memory.Track("cart", 10), trackResurrection: true);
    }

    [Fact]
    public void A_tag_that_grows_over_full_collections_is_suspected_and_one_that_comes_and_goes_is_not()
    {
        _source.Available = null;
        using var memory = Make();
        for (var turn = 0; turn < 20; turn++)
        {
            memory.Track("leak", 100);
            using var cart = memory.Track("cart", turn % 3 * 100);
            _source.FullCollections++;
            _time.Advance(TimeSpan.FromSeconds(1));
        }

        var (cartTag, leakTag) = (memory.Snapshot().Tags[0], memory.Snapshot().Tags[1]);
        Assert.True(leakTag.IsSuspect);
        Assert.Equal(100, leakTag.GrowthPerSecond, 6);
        Assert.False(cartTag.IsSuspect);
    }

    [Fact]
    public void Tags_are_bounded()
    {
        _source.Available = null;
        using var memory = Make();
        for (var number = 0; number < 2 * MemoryManager.MostTags; number++)
        {
            memory.Track($"tag-{number}", 1);
        }

        Assert.Equal(MemoryManager.MostTags + 1, memory.Snapshot().Tags.Count);
        Assert.Equal(MemoryManager.MostTags, memory.Snapshot().Tags.Single(static tag => tag.Tag == MemoryManager.OtherTag).Bytes);
    }

    [Fact]
    public void An_action_that_throws_or_looks_at_memory_itself_keeps_no_other_from_acting()
    {
        using var memory = new MemoryManager("test", null, _source, _time);
        using var throwing = memory.Register(MemoryStage.TrimPools, static _ => throw new NotSupportedException());
        using var looking = memory.Register(MemoryStage.TrimPools, _ => memory.Check());
        using var registering = memory.Register(MemoryStage.TrimPools, _ => memory.Register(MemoryStage.ShrinkCaches, static _ => { }).Dispose());
        using var acting = memory.Register(MemoryStage.TrimPools, pressure => _done.Add($"{pressure.Severity:0.0}"));
        _source.Used = 825;

        memory.Check();

        Assert.Equal(["0.5"], _done);
    }

    [Fact]
    public void Without_a_bound_to_take_a_share_of_no_limit_holds()
    {
        _source.Available = null;
        using var memory = Make();
        _source.Used = long.MaxValue / 2;

        Assert.Equal(MemoryLevel.Ample, memory.Check());
        Assert.Null(memory.Snapshot().HardLimit);
    }

    [Fact]
    public void A_soft_limit_above_the_hard_one_is_refused() => Assert.Equal(
        "The memory manager 'test' can't be built: SoftLimit is 950 bytes, but must not be above HardLimit, which is 0.9 of what there is.",
        Assert.Throws<ValidationException>(() => new MemoryManager("test", new() { SoftLimit = MemoryLimit.OfBytes(950) }, _source, _time)).Message);

    // Second by second: a clock that leaps tells all its timers the time of its landing.
    private void Pass(TimeSpan time)
    {
        for (var second = 0; second < time.TotalSeconds; second++)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
        }
    }

    private MemoryManager Make()
    {
        var memory = new MemoryManager("test", null, _source, _time);
        memory.Register(MemoryStage.ShedLoad, pressure => Note(pressure, "shed"));
        memory.Register(MemoryStage.TrimPools, pressure => Note(pressure, "trim"));
        memory.Register(MemoryStage.ShrinkCaches, pressure => Note(pressure, "shrink"));
        return memory;
    }

    private void Note(MemoryPressure pressure, string what)
    {
        if (pressure.Level != MemoryLevel.Ample)
        {
            _done.Add(what);
        }
    }

    private string Done(MemoryManager memory)
    {
        _done.Clear();
        memory.Check();
        return string.Join(' ', _done);
    }
}
