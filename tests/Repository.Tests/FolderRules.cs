using System.Text.RegularExpressions;
using Xunit;

namespace Repository.Tests;

/// <summary>A pattern knows no other pattern: whoever reads one folder of the library has read all of it but the few that every pattern stands on.</summary>
public sealed partial class FolderRules
{
    private static readonly string[] _shared = ["Measurement", "Outcomes", "Telemetry", "Deadlines", "Validation", "Interleaving"];

    // They put patterns together, so they may know all of them.
    private static readonly string[] _composing = ["Attributes", "Pipelines"];

    public static TheoryData<string> Folders => [.. FilesOf("Resilience").Select(FolderOf).Distinct().Except(_composing)];

    [Theory]
    [MemberData(nameof(Folders))]
    public void A_folder_uses_only_itself_and_what_all_patterns_share(string folder)
    {
        var folders = FilesOf("Resilience").Select(FolderOf).ToHashSet(StringComparer.Ordinal);

        Assert.Empty(
            from file in FilesOf($"Resilience/{folder}")
            from Match mention in Mention().Matches(Repository.Read(file))
            let other = mention.Groups["folder"].Value
            where folders.Contains(other) && other != folder && !_shared.Contains(other)
            select $"{file} uses Resilience.{other}");
    }

    private static IEnumerable<string> FilesOf(string folder) =>
        Repository.Files(".cs").Where(path => path.StartsWith(folder + "/", StringComparison.Ordinal) && path.Count(static letter => letter == '/') > 1);

    private static string FolderOf(string file) => file.Split('/')[1];

    [GeneratedRegex(@"\bResilience\.(?<folder>[A-Z]\w+)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Mention();
}
