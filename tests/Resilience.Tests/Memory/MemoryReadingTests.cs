using System.Net.Sockets;
using System.Runtime;
using Resilience.Memory;
using Xunit;

namespace Resilience.Tests.Memory;

/// <summary>What is read from the system: from files that a test writes, and from the process that it runs in.</summary>
public sealed class MemoryReadingTests : IDisposable
{
    private const string NotLinux = "There are no control groups but on Linux";

    private readonly DirectoryInfo _root = Directory.CreateTempSubdirectory("cgroup-");

    public static bool IsElsewhere => !OperatingSystem.IsLinux();

    public void Dispose() => _root.Delete(recursive: true);

    [Fact]
    public void Version_2_without_the_files_that_could_be_dropped_at_no_cost()
    {
        var cgroup = Make("0::/pod");
        Write("pod/memory.max", "1000");
        Write("pod/memory.current", "700");
        Write("pod/memory.stat", "anon 500\ninactive_file 150\nactive_file 50");

        Assert.Equal((550, 1_000, "cgroup v2"), cgroup.Memory());
    }

    [Fact]
    public void Pitfall_the_bound_from_which_on_the_kernel_throttles_counts_before_the_one_at_which_it_kills()
    {
        var cgroup = Make("0::/");
        Write("memory.max", "1000");
        Write("memory.high", "800");
        Write("memory.current", "700");

        Assert.Equal((700, 800, "cgroup v2"), cgroup.Memory());
    }

    [Fact]
    public void A_parent_that_is_nearer_to_its_limit_counts()
    {
        var cgroup = Make("0::/pod/container");
        Write("pod/container/memory.max", "1000");
        Write("pod/container/memory.current", "100");
        Write("pod/memory.max", "2000");
        Write("pod/memory.current", "1900");

        Assert.Equal((1_900, 2_000, "cgroup v2"), cgroup.Memory());
    }

    [Fact]
    public void Inside_a_container_that_does_not_see_its_own_path_the_mount_counts()
    {
        var cgroup = Make("0::/docker/0123");
        Write("memory.max", "1000");
        Write("memory.current", "100");

        Assert.Equal((100, 1_000, "cgroup v2"), cgroup.Memory());
    }

    [Fact]
    public void Version_1()
    {
        var cgroup = Make("5:memory:/pod\n4:cpu,cpuacct:/pod");
        Write("memory/pod/memory.limit_in_bytes", "1000");
        Write("memory/pod/memory.usage_in_bytes", "700");
        Write("memory/pod/memory.stat", "total_inactive_file 100");
        Write("memory/memory.limit_in_bytes", "9223372036854771712");
        Write("memory/memory.usage_in_bytes", "5000");
        Write("cpu/pod/cpu.cfs_quota_us", "150000");
        Write("cpu/pod/cpu.cfs_period_us", "100000");

        Assert.Equal((600, 1_000, "cgroup v1"), cgroup.Memory());
        Assert.Equal(1.5, cgroup.Processors());
    }

    [Theory]
    [InlineData("max")]
    [InlineData("nonsense")]
    [InlineData("")]
    public void No_limit_is_none(string text)
    {
        var cgroup = Make("0::/");
        Write("memory.max", text);
        Write("memory.current", "700");
        Write("cpu.max", text + " 100000");

        Assert.Null(cgroup.Memory());
        Assert.Null(cgroup.Processors());
        Assert.Equal("process", new ProcessMemorySource(cgroup).Read().Source);
    }

    [Fact]
    public void Processors_are_those_of_the_tightest_group()
    {
        var cgroup = Make("0::/pod");
        Write("cpu.max", "50000 100000");
        Write("pod/cpu.max", "max 100000");

        Assert.Equal(0.5, cgroup.Processors());
        Assert.Equal(0.5, SystemResources.Read(cgroup, "/proc/self/fd", isWindows: false).Processors);
    }

    [Fact]
    public void This_process_can_be_read()
    {
        var reading = new ProcessMemorySource().Read();

        Assert.InRange(reading.Used, 1 << 20, long.MaxValue);
        Assert.InRange(reading.Heap, 1 << 10, long.MaxValue);
        Assert.Contains(reading.Source, (string[])["process", "cgroup v1", "cgroup v2"]);
    }

    [Fact(Skip = NotLinux, SkipWhen = nameof(IsElsewhere))]
    public void The_real_control_groups_are_read_as_they_stand()
    {
        var memory = new Cgroup().Memory();
        var isVersion2 = File.Exists("/sys/fs/cgroup/cgroup.controllers");

        Assert.True(memory is null || (memory.Value.Used > 0 && memory.Value.Limit > 0 && memory.Value.Source == (isVersion2 ? "cgroup v2" : "cgroup v1")));
        Assert.InRange(new Cgroup().Processors() ?? 1, 0.001, 100_000);
    }

    [Fact]
    public void Pitfall_what_is_on_the_heap_now_is_seen_before_the_next_collection()
    {
        var source = new ProcessMemorySource();
        var before = source.Read().Heap;

        var block = new byte[64 << 20];

        Assert.InRange(source.Read().Heap - before, 32 << 20, long.MaxValue);
        GC.KeepAlive(block);
    }

    [Fact]
    public void A_real_process_refuses_what_would_take_it_over_its_limit_and_takes_what_would_not()
    {
        var limit = Environment.WorkingSet + (512L << 20);
        using var memory = new MemoryManager("real", new() { SoftLimit = MemoryLimit.OfBytes(limit), HardLimit = MemoryLimit.OfBytes(limit) }, new ProcessMemorySource(Make("")));
        memory.Track("cart", 1_000).Dispose();

        Assert.Throws<MemoryLimitExceededException>(() => memory.Track("cart", 4L << 30));

        memory.Check();
        memory.Track("cart", 1_000).Dispose();
    }

    [Fact(Skip = NotLinux, SkipWhen = nameof(IsElsewhere))]
    public void Sockets_and_handles_of_this_process_are_counted()
    {
        var before = SystemResources.Read();
        Socket[] sockets = [.. Enumerable.Range(0, 100).Select(static _ => new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp))];

        var now = SystemResources.Read();

        Assert.InRange(now.Sockets - before.Sockets ?? 0, 50, 150); // other tests run beside
        Assert.InRange(now.Handles ?? 0, now.Sockets ?? 0, int.MaxValue);
        Assert.Empty(now.Unreadable);
        Assert.InRange(now.Threads, 2, 10_000);
        Assert.InRange(now.ProcessorTime, TimeSpan.FromMilliseconds(1), TimeSpan.MaxValue);
        Array.ForEach(sockets, static socket => socket.Dispose());
    }

    [Fact]
    public void Pitfall_what_a_system_does_not_tell_is_said_and_not_made_up()
    {
        var mac = SystemResources.Read(Make(""), Path.Combine(_root.FullName, "none"), isWindows: false);
        var windows = SystemResources.Read(Make(""), Path.Combine(_root.FullName, "none"), isWindows: true);

        Assert.Equal((null, null, 2), (mac.Handles, mac.Sockets, mac.Unreadable.Count));
        Assert.Equal("Sockets: only Linux tells a process which of its descriptors are sockets.", Assert.Single(windows.Unreadable));
        Assert.Null(windows.Sockets);
        Assert.NotNull(windows.Handles);
    }

    [Fact]
    public void The_collectors_settings_are_reported_and_what_can_be_is_applied()
    {
        var before = CollectorReport.Read();
        Assert.NotEmpty(before.Settings);

        var after = CollectorReport.Apply(GCLatencyMode.SustainedLowLatency);

        Assert.Contains(after.LatencyMode, (GCLatencyMode[])[GCLatencyMode.SustainedLowLatency, GCLatencyMode.Batch]); // Batch where collections aren't concurrent
        Assert.Equal(before.LatencyMode, CollectorReport.Apply(before.LatencyMode).LatencyMode);
    }

    [Fact]
    public void Advice_is_given_where_a_setting_does_not_suit()
    {
        var good = new CollectorReport
        {
            IsServer = false,
            LatencyMode = GCLatencyMode.Interactive,
            Processors = 2,
            HeapAvailable = 1L << 30,
            HighLoadBytes = 900L << 20,
            Settings = new Dictionary<string, string>(StringComparer.Ordinal),
        };

        Assert.Empty(good.Advice);
        Assert.StartsWith("Set ServerGarbageCollector to false: with one processor", Assert.Single((good with { IsServer = true, Processors = 1 }).Advice), StringComparison.Ordinal);
        Assert.Contains("4 heaps don't fit into 256 MB", Assert.Single((good with { IsServer = true, Processors = 4, HeapAvailable = 256L << 20, HighLoadBytes = 200L << 20 }).Advice), StringComparison.Ordinal);
        Assert.Contains("so it never does", Assert.Single((good with { HighLoadBytes = 2L << 30 }).Advice), StringComparison.Ordinal);
    }

    private Cgroup Make(string membership)
    {
        Write("membership", membership);
        return new(_root.FullName, Path.Combine(_root.FullName, "membership"));
    }

    private void Write(string file, string text)
    {
        var path = Path.Combine(_root.FullName, file);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
    }
}
