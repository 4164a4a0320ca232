using System.Text.Json;
using Resilience.Profiling;
using Xunit;

namespace Resilience.Tests.Profiling;

public sealed class ReportTests
{
    private readonly ProfileSnapshot _snapshot = Shop();

    [Fact]
    public void Folded_stacks_have_a_line_for_each_place_with_anything_of_its_own() => Assert.Equal(
        [
            "checkout 15000000",
            "checkout;price 6000000",
            "checkout;a:b c 1000000",
            "stock 2000000",
        ],
        Lines(_snapshot.ToFolded()));

    [Fact]
    public void Folded_stacks_count_CPU_or_bytes_as_asked()
    {
        Assert.Equal(["checkout 9000000", "checkout;price 3000000"], Lines(_snapshot.ToFolded(ProfileMeasure.Cpu)));
        Assert.Equal(["checkout 1024", "stock 4096"], Lines(_snapshot.ToFolded(ProfileMeasure.Bytes)));
    }

    [Fact]
    public void Folded_stacks_add_up_to_the_roots_totals() => Assert.Equal(
        _snapshot.Roots.Sum(static root => root.Wall.TotalNanoseconds),
        Lines(_snapshot.ToFolded()).Sum(static line => double.Parse(line[(line.LastIndexOf(' ') + 1)..], System.Globalization.CultureInfo.InvariantCulture)));

    [Fact]
    public void A_speedscope_file_has_what_the_format_asks_for()
    {
        using var file = JsonDocument.Parse(_snapshot.ToSpeedscope());
        var root = file.RootElement;

        Assert.Equal("https://www.speedscope.app/file-format-schema.json", root.GetProperty("$schema").GetString());
        Assert.Equal(["checkout", "price", "a;b\nc", "stock"], root.GetProperty("shared").GetProperty("frames").EnumerateArray().Select(static frame => frame.GetProperty("name").GetString()));
        Assert.InRange(root.GetProperty("activeProfileIndex").GetInt32(), 0, root.GetProperty("profiles").GetArrayLength() - 1);
        foreach (var profile in root.GetProperty("profiles").EnumerateArray())
        {
            var samples = profile.GetProperty("samples").EnumerateArray().Select(static stack => stack.EnumerateArray().Select(static frame => frame.GetInt32()).ToArray()).ToArray();
            var weights = profile.GetProperty("weights").EnumerateArray().Select(static weight => weight.GetInt64()).ToArray();

            Assert.Equal("sampled", profile.GetProperty("type").GetString());
            Assert.Contains(profile.GetProperty("unit").GetString(), (string[])["none", "nanoseconds", "microseconds", "milliseconds", "seconds", "bytes"]);
            Assert.NotEmpty(profile.GetProperty("name").GetString()!);
            Assert.Equal(samples.Length, weights.Length);
            Assert.All(weights, static weight => Assert.True(weight > 0));
            Assert.All(samples.SelectMany(static stack => stack), static frame => Assert.InRange(frame, 0, 3));
            Assert.Equal(0, profile.GetProperty("startValue").GetInt64());
            Assert.Equal(weights.Sum(), profile.GetProperty("endValue").GetInt64());
        }
    }

    [Fact]
    public void A_speedscope_file_has_stacks_from_the_outermost_in_and_a_profile_for_each_measure()
    {
        using var file = JsonDocument.Parse(_snapshot.ToSpeedscope());
        var profiles = file.RootElement.GetProperty("profiles").EnumerateArray().ToDictionary(static profile => profile.GetProperty("name").GetString()!, StringComparer.Ordinal);

        Assert.Equal(["CPU", "allocated", "time"], profiles.Keys.Order(StringComparer.Ordinal));
        Assert.Equal("[[0],[0,1],[0,2],[3]]", profiles["time"].GetProperty("samples").GetRawText());
        Assert.Equal("[15000000,6000000,1000000,2000000]", profiles["time"].GetProperty("weights").GetRawText());
        Assert.Equal("[1024,4096]", profiles["allocated"].GetProperty("weights").GetRawText());
        Assert.Equal("bytes", profiles["allocated"].GetProperty("unit").GetString());
    }

    [Fact]
    public void Text_is_a_tree_in_columns_and_the_dearest_by_each_measure() => Assert.Equal(
        [
            "test: 24 ms, threads 1",
            "",
            "          count  total   self    CPU  self CPU  bytes  self bytes    p50    p99  open",
            "checkout      1  22 ms  15 ms  12 ms      9 ms   1 KB        1 KB  22 ms  22 ms",
            "  price       3   6 ms   6 ms   3 ms      3 ms    0 B         0 B   2 ms   2 ms",
            "  a;b c       1   1 ms   1 ms      0         0    0 B         0 B   1 ms   1 ms",
            "stock         1   2 ms   2 ms      0         0   4 KB        4 KB   2 ms   2 ms     1",
            "",
            "most time of its own: checkout 15 ms, price 6 ms, stock 2 ms, a;b c 1 ms",
            "most CPU of its own: checkout 9 ms, price 3 ms",
            "most bytes of its own: stock 4 KB, checkout 1 KB",
        ],
        _snapshot.ToText().Split('\n'));

    [Fact]
    public void Markdown_has_a_table_whose_names_are_shown_and_not_obeyed()
    {
        var shop = _snapshot with { Roots = [Scope("a|b <script> *x*", 1, 1, 0, 0)] };

        Assert.Contains("| a\\|b \\<script\\> \\*x\\* | 1 | 1 ms | 1 ms | 0 | 0 | 0 B | 0 B | 1 ms | 1 ms | 0 |\n", shop.ToMarkdown(), StringComparison.Ordinal);
        Assert.Contains("| \u00a0\u00a0price | 3 | 6 ms |", _snapshot.ToMarkdown(), StringComparison.Ordinal);
        Assert.Contains("## Most bytes of its own", _snapshot.ToMarkdown(), StringComparison.Ordinal);
    }

    [Fact]
    public void Where_CPU_cannot_be_told_no_figure_is_made_up()
    {
        var shop = _snapshot with { HasCpu = false };

        Assert.Contains("–", shop.ToText(), StringComparison.Ordinal);
        Assert.DoesNotContain("most CPU", shop.ToText(), StringComparison.Ordinal);
        Assert.DoesNotContain("\"CPU\"", shop.ToSpeedscope(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(ProfileMeasure.Wall, "checkout")]
    [InlineData(ProfileMeasure.Cpu, "checkout")]
    [InlineData(ProfileMeasure.Bytes, "stock")]
    public void Hotspots_come_by_what_is_their_own(ProfileMeasure by, string first) =>
        Assert.Equal(first, Assert.Single(_snapshot.Hotspots(by, most: 1)).Name);

    [Fact]
    public void An_empty_profile_is_a_report_as_well()
    {
        var empty = _snapshot with { Roots = [] };

        Assert.Equal("", empty.ToFolded());
        Assert.StartsWith("test: 24 ms, threads 1\n", empty.ToText(), StringComparison.Ordinal);
        using var file = JsonDocument.Parse(empty.ToSpeedscope());
        Assert.Equal(3, file.RootElement.GetProperty("profiles").GetArrayLength());
        Assert.NotEmpty(empty.ToMarkdown());
    }

    private static string[] Lines(string text) => text.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    private static ProfileSnapshot Shop() => new()
    {
        Name = "test",
        Duration = TimeSpan.FromMilliseconds(24),
        HasCpu = true,
        Threads = 1,
        Dropped = 0,
        DoubleDisposes = 0,
        Roots =
        [
            Scope("checkout", 1, 15, 9, 1024, Scope("price", 3, 6, 3, 0), Scope("a;b\nc", 1, 1, 0, 0)),
            Scope("stock", 1, 2, 0, 4096) with { Open = 1 },
        ],
    };

    private static ScopeProfile Scope(string name, long count, double self, double cpu, long bytes, params ScopeProfile[] children)
    {
        var wall = TimeSpan.FromMilliseconds(self) + new TimeSpan(children.Sum(static child => child.Wall.Ticks));
        return new()
        {
            Name = name,
            Count = count,
            Open = 0,
            Wall = wall,
            SelfWall = TimeSpan.FromMilliseconds(self),
            Cpu = TimeSpan.FromMilliseconds(cpu) + new TimeSpan(children.Sum(static child => child.Cpu.Ticks)),
            SelfCpu = TimeSpan.FromMilliseconds(cpu),
            Bytes = bytes + children.Sum(static child => child.Bytes),
            SelfBytes = bytes,
            Median = wall / count,
            P99 = wall / count,
            Children = children,
        };
    }
}
