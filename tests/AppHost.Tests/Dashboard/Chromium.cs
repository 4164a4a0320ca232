using Microsoft.Playwright;

namespace AppHost.Tests.Dashboard;

/// <summary>The browser of this machine. Playwright would download one of its own.</summary>
internal static class Chromium
{
    private static readonly string[] _names = ["chromium", "chromium-browser", "google-chrome", "chrome.exe", "msedge.exe"];

    private static readonly string[] _paths =
    [
        "/Applications/Chromium.app/Contents/MacOS/Chromium",
        "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
        @"C:\Program Files\Google\Chrome\Application\chrome.exe",
        @"C:\Program Files (x86)\Microsoft\Edge\Application\msedge.exe",
    ];

    /// <summary>Gets why a test is skipped that needs a browser.</summary>
    public static string IsMissing => "No Chromium was found on PATH. Install one, such as with: apt-get install chromium";

    /// <summary>Finds the browser.</summary>
    /// <returns>Its full path; null where there is none.</returns>
    public static string? Find() => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
        .SelectMany(static folder => _names.Select(name => Path.Combine(folder, name)))
        .Concat(_paths)
        .FirstOrDefault(File.Exists);

    /// <summary>Starts the browser without a window.</summary>
    /// <param name="playwright">Playwright.</param>
    /// <param name="program">The browser's path.</param>
    /// <returns>The running browser.</returns>
    public static Task<IBrowser> LaunchAsync(IPlaywright playwright, string program) => playwright.Chromium.LaunchAsync(new()
    {
        ExecutablePath = program,
        Args =
        [
            "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync",
        ],
    });
}
