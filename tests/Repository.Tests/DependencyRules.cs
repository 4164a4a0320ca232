using System.Text.RegularExpressions;
using Xunit;

namespace Repository.Tests;

/// <summary>Holds the direction of dependencies, which no compiler knows.</summary>
public sealed partial class DependencyRules
{
    // Whom each project may reference. Services speak HTTP to each other; AppHost starts them and doesn't link them.
    private static readonly Dictionary<string, string[]> _allowed = new(StringComparer.Ordinal)
    {
        ["Resilience"] = [],
        ["Resilience.Generators"] = [],
        ["Resilience.Redis"] = ["Resilience"],
        ["Resilience.Benchmarks"] = ["Resilience", "Resilience.Redis", "ServiceDefaults"],
        ["ServiceDefaults"] = ["Resilience", "Resilience.Redis"],
        ["EmbeddedStores"] = [],
        ["EmptyAspire.AppHost"] = ["EmptyAspire.Service"],
        ["EmptyAspire.Service"] = [],
        ["Database"] = ["ServiceDefaults"],
        ["Gateway"] = ["ServiceDefaults"],
        ["Inventory"] = ["ServiceDefaults", "Database"],
        ["Orders"] = ["ServiceDefaults", "Database"],
        ["Lab"] = ["ServiceDefaults"],
        ["FaultProxy"] = [], // not even the defaults: what breaks the others stands on nothing of theirs
        ["AppHost"] = ["EmbeddedStores", "Resilience", "FaultProxy", "Gateway", "Inventory", "Orders", "Lab"],
    };

    public static TheoryData<string> Projects => [.. Repository.Files(".csproj").Where(static path => !path.StartsWith("tests/", StringComparison.Ordinal))];

    [Theory]
    [MemberData(nameof(Projects))]
    public void A_project_references_only_what_the_design_lets_it(string project)
    {
        var name = Path.GetFileNameWithoutExtension(project);
        Assert.True(_allowed.TryGetValue(name, out var allowed), $"{project} is new: say here whom it may reference.");

        Assert.Empty(ReferencesOf(project).Except(allowed!));
    }

    [Fact]
    public void Nothing_references_a_test() => Assert.Empty(
        from path in Repository.Files(".csproj", ".targets")
        where !path.StartsWith("tests/", StringComparison.Ordinal)
        from name in ReferencesOf(path)
        where name.Contains("Test", StringComparison.Ordinal)
        select $"{path} references {name}");

    private static IEnumerable<string> ReferencesOf(string project) =>
        ProjectReference().Matches(Repository.Read(project)).Select(static match => Path.GetFileNameWithoutExtension(match.Groups["path"].Value.Replace('\\', '/')));

    [GeneratedRegex("""<ProjectReference Include="(?<path>[^"]+)""", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex ProjectReference();
}
