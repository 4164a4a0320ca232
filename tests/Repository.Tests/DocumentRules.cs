using System.Text.RegularExpressions;
using Xunit;

namespace Repository.Tests;

/// <summary>Documents drift unless something reads them: their links lead somewhere, and their C# is quoted from what compiles.</summary>
public sealed partial class DocumentRules
{
    public static TheoryData<string> Documents => [.. Repository.Files(".md")];

    [Theory]
    [MemberData(nameof(Documents))]
    public void Every_link_inside_the_repository_leads_to_a_file(string document)
    {
        var folder = Path.GetDirectoryName(Path.Combine(Repository.Root, document))!;

        Assert.Empty(
            from Match link in Link().Matches(Repository.Read(document))
            let target = link.Groups["target"].Value.Split('#')[0]
            where target.Length > 0 && !target.Contains("://", StringComparison.Ordinal)
            where !Path.Exists(Path.Combine(folder, target))
            select $"{document} links to {target}, which isn't there");
    }

    [Theory]
    [MemberData(nameof(Documents))]
    public void Every_block_of_CSharp_is_quoted_from_code_that_compiles(string document)
    {
        foreach (Match block in CSharpBlock().Matches(Repository.Read(document)))
        {
            var (source, code) = (block.Groups["source"], block.Groups["code"].Value);
            Assert.True(source.Success, $"{document}: a C# block has no <!-- code: path --> above it:\n{code}");
            Assert.Contains(Flat(code), Flat(Repository.Read(source.Value)), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void The_README_has_every_code_of_the_HTTP_contract()
    {
        var readme = Repository.Read("README.md");
        var codes = Code().Matches(Repository.Read("ServiceDefaults/Problems/Problems.cs")).Select(static match => match.Groups["code"].Value).ToList();

        Assert.NotEmpty(codes);
        Assert.All(codes, code => Assert.Contains($"`{code}`", readme, StringComparison.Ordinal));
    }

    // Indentation aside.
    private static string Flat(string code) => string.Join('\n', code.Split('\n').Select(static line => line.Trim()).Where(static line => line.Length > 0));

    [GeneratedRegex(@"(?<!!)\[[^\]]*\]\((?<target>[^)\s]+)\)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Link();

    [GeneratedRegex("""public const string \w+ = "(?<code>\w+)";""", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Code();

    [GeneratedRegex("(<!-- code: (?<source>[^ ]+) -->\n)?```csharp\n(?<code>.*?)```", RegexOptions.ExplicitCapture | RegexOptions.Singleline, 1000)]
    private static partial Regex CSharpBlock();
}
