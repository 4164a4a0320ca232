using AppHost.Tests.Hosted;
using Xunit;

namespace AppHost.Tests.Publishing;

/// <summary>What is published is the model that Program.cs describes, with Aspire's containers, and nothing that is for this machine alone.</summary>
public sealed class ManifestTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("manifest-").FullName;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    // When the model changes on purpose: copy artifacts' manifest over the approved one, and read the difference.
    [Fact]
    public async Task The_manifest_is_the_approved_one()
    {
        var path = Path.Combine(_folder, "manifest.json");
        using var publishing = AppHostProcess.Start(["--operation", "publish", "--publisher", "manifest", "--output-path", path]);
        await publishing.UntilItEndsAsync();

        Assert.True(publishing.ExitCode == 0, publishing.Text);
        var manifest = await File.ReadAllTextAsync(path, Token);
        var approved = await File.ReadAllTextAsync(Path.Combine(AppContext.BaseDirectory, "Publishing", "manifest.approved.json"), Token);
        Assert.Equal(Normal(approved), Normal(manifest));
    }

    /// <inheritdoc />
    public void Dispose() => Directory.Delete(_folder, recursive: true);

    // The paths of the projects are relative to where the manifest is written.
    private static string Normal(string manifest) => System.Text.RegularExpressions.Regex.Replace(
        manifest.ReplaceLineEndings("\n").Trim(), "\"(\\.\\./)+[^\"]*(?=Services/)", "\"", System.Text.RegularExpressions.RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(1));
}
