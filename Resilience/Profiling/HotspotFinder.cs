namespace Resilience.Profiling;

/// <summary>Adds the tree up by name.</summary>
internal static class HotspotFinder
{
    public static IReadOnlyList<Hotspot> Find(IReadOnlyList<ScopeProfile> roots, ProfileMeasure by, int most)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(most);

        var sums = new Dictionary<string, Hotspot>(StringComparer.Ordinal);
        var around = new List<string>();
        foreach (var root in roots)
        {
            Add(root, around, sums);
        }

        return [.. sums.Values.OrderByDescending(spot => Own(spot, by)).ThenBy(static spot => spot.Name, StringComparer.Ordinal).Take(most)];
    }

    public static long Own(Hotspot spot, ProfileMeasure measure) => measure switch
    {
        ProfileMeasure.Wall => spot.SelfWall.Ticks,
        ProfileMeasure.Cpu => spot.SelfCpu.Ticks,
        ProfileMeasure.Bytes => spot.SelfBytes,
        _ => throw new ArgumentOutOfRangeException(nameof(measure), measure, "There is no such measure."),
    };

    private static void Add(ScopeProfile scope, List<string> around, Dictionary<string, Hotspot> sums)
    {
        var isInItself = around.Contains(scope.Name, StringComparer.Ordinal);
        var sum = sums.GetValueOrDefault(scope.Name) ?? Nothing(scope.Name);
        sums[scope.Name] = sum with
        {
            Count = sum.Count + scope.Count,
            Wall = sum.Wall + (isInItself ? TimeSpan.Zero : scope.Wall),
            SelfWall = sum.SelfWall + scope.SelfWall,
            Cpu = sum.Cpu + (isInItself ? TimeSpan.Zero : scope.Cpu),
            SelfCpu = sum.SelfCpu + scope.SelfCpu,
            Bytes = sum.Bytes + (isInItself ? 0 : scope.Bytes),
            SelfBytes = sum.SelfBytes + scope.SelfBytes,
        };

        around.Add(scope.Name);
        foreach (var child in scope.Children)
        {
            Add(child, around, sums);
        }

        around.RemoveAt(around.Count - 1);
    }

    private static Hotspot Nothing(string name) => new()
    {
        Name = name,
        Count = 0,
        Wall = TimeSpan.Zero,
        SelfWall = TimeSpan.Zero,
        Cpu = TimeSpan.Zero,
        SelfCpu = TimeSpan.Zero,
        Bytes = 0,
        SelfBytes = 0,
    };
}
