using Resilience.Profiling;
using Xunit;

namespace Resilience.Tests.Profiling;

/// <summary>The code in the pattern's page.</summary>
public sealed class ProfilerUsageTests
{
    [Fact]
    public async Task The_page_works_as_it_says()
    {
        await CheckoutAsync(lines: 3);

        var snapshot = Profiler.Snapshot();
        var text = snapshot.ToText();                                   // the tree, and what costs most
        var file = snapshot.ToSpeedscope();                             // for speedscope's flame graphs
        var dearest = snapshot.Hotspots(ProfileMeasure.Bytes, most: 3); // or Wall, or Cpu
        Profiler.Reset();                                               // begin anew

        Assert.Contains(dearest.Concat(snapshot.Hotspots(ProfileMeasure.Wall)), static spot => spot.Name is "checkout" or "price");
        Assert.Contains("checkout", text, StringComparison.Ordinal);
        Assert.Contains("\"price\"", file, StringComparison.Ordinal);
    }

    private static async Task CheckoutAsync(int lines)
    {
        using var checkout = Profiler.AsyncScope("checkout"); // across await
        await ReserveAsync();
        for (var line = 0; line < lines; line++)
        {
            using var price = Profiler.Scope("price");        // no await inside: allocates nothing, costs two time stamps
            Price(line);
        }
    }

    private static async Task ReserveAsync() => await Task.Yield();

    private static void Price(int line) => GC.KeepAlive(line);
}
