using System.Globalization;
using System.Text.RegularExpressions;
using Xunit;

namespace Repository.Tests;

/// <summary>A documented range is the enforced one: each option's <c>&lt;value&gt;</c> says "from X to Y" with the limits of its attribute.</summary>
public sealed partial class DocumentationRules
{
    public static TheoryData<string, string> Ranges => [.. from file in Files from Match option in Option().Matches(Repository.Read(file)) select (file, option.Groups["name"].Value)];

    private static IEnumerable<string> Files => Repository.Files(".cs").Where(static path => path.StartsWith("Resilience/", StringComparison.Ordinal));

    [Theory]
    [MemberData(nameof(Ranges))]
    public void The_documented_range_is_the_enforced_one(string file, string name)
    {
        var option = Option().Matches(Repository.Read(file)).Single(match => match.Groups["name"].Value == name);
        var said = Said().Match(Value().Match(option.Groups["docs"].Value).Value);
        Assert.True(said.Success, $"{file}: the <value> of {name} doesn't say from where to where: \"from X to Y\".");

        Assert.Equal((Limit(option.Groups["min"].Value), Limit(option.Groups["max"].Value)), (Limit(said.Groups["min"].Value), Limit(said.Groups["max"].Value)));
    }

    [Fact]
    public void Every_range_is_looked_at() => Assert.Empty(
        from file in Files
        let attributes = Attribute().Count(Repository.Read(file))
        where attributes != Option().Count(Repository.Read(file))
        select $"{file} has {attributes} ranges, and not all of them stand right above an option with a <value>");

    // A time as its ticks, and a number as it is: both are written in several ways.
    private static double Limit(string text) => text.Trim('"').Replace("_", "", StringComparison.Ordinal) switch
    {
        "int.MaxValue" => int.MaxValue,
        var time when time.Contains(':', StringComparison.Ordinal) => TimeSpan.Parse(time, CultureInfo.InvariantCulture).Ticks,
        var number => double.Parse(number, CultureInfo.InvariantCulture),
    };

    [GeneratedRegex(
        @"(?<docs>(^ *///.*\n)+) *\[(Time)?Range\((?<min>[^,\n]+), (?<max>[^,)\n]+)\)\]\n *public \S+ (?<name>\w+)", RegexOptions.ExplicitCapture | RegexOptions.Multiline, 1000)]
    private static partial Regex Option();

    [GeneratedRegex(@"^ *\[(Time)?Range\(", RegexOptions.ExplicitCapture | RegexOptions.Multiline, 1000)]
    private static partial Regex Attribute();

    [GeneratedRegex("<value>.*</value>", RegexOptions.ExplicitCapture | RegexOptions.Singleline, 1000)]
    private static partial Regex Value();

    [GeneratedRegex(@"\bfrom (?<min>[\d.:]*\d) to (?<max>[\d.:]*\d)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Said();
}
