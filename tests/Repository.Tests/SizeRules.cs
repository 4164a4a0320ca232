using Xunit;

namespace Repository.Tests;

/// <summary>Holds what a reader can hold.</summary>
public sealed class SizeRules
{
    [Fact]
    public void No_file_is_longer_than_250_lines() => Assert.Empty(LongerThan(250, static path => !path.StartsWith("tests/", StringComparison.Ordinal)));

    [Fact]
    public void No_Program_is_longer_than_40_lines() => Assert.Empty(LongerThan(40, static path => Path.GetFileName(path) == "Program.cs"));

    private static IEnumerable<string> LongerThan(int limit, Func<string, bool> which) =>
        from path in Repository.Files(".cs").Where(which)
        let lines = File.ReadLines(Path.Combine(Repository.Root, path)).Count()
        where lines > limit
        select $"{path} has {lines} lines; split it by reason to change";
}
