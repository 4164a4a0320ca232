using Microsoft.Playwright;

namespace AppHost.Tests.Dashboard;

/// <summary>The README's pictures: written to <c>artifacts/pictures</c>, and to <c>docs/images</c> only with <c>UPDATE_PICTURES=1</c>.</summary>
/// <param name="page">The page to take them of.</param>
internal sealed class Pictures(IPage page)
{
    private const int MaxLength = 250_000; // bytes: the pictures are part of every clone

    /// <summary>Takes a picture of what the browser shows, without the pointer.</summary>
    /// <param name="name">The file's name.</param>
    /// <returns>When it is written.</returns>
    /// <exception cref="InvalidOperationException">It is too large for the repository.</exception>
    public async Task TakeAsync(string name)
    {
        var path = Path.Combine(Artifacts().FullName, "pictures", name);
        var picture = await page.ScreenshotAsync(new() { Path = path, Animations = ScreenshotAnimations.Disabled });
        if (picture.Length > MaxLength)
        {
            throw new InvalidOperationException($"{name} has {picture.Length} bytes, more than {MaxLength}. Show less, or make the window smaller.");
        }

        if (Environment.GetEnvironmentVariable("UPDATE_PICTURES") == "1")
        {
            File.Copy(path, Path.Combine(Artifacts().Parent!.FullName, "docs", "images", name), overwrite: true);
        }
    }

    private static DirectoryInfo Artifacts()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder.Name != "artifacts")
        {
            folder = folder.Parent ?? throw new InvalidOperationException($"The tests run in {AppContext.BaseDirectory}, which is not below 'artifacts'. Build them with the repository's settings.");
        }

        return folder;
    }
}
