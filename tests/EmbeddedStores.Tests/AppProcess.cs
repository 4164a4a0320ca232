using System.Diagnostics;
using EmbeddedStores.Processes;

namespace EmbeddedStores.Tests;

/// <summary>The AppHost of these tests, run as a program.</summary>
internal static class AppProcess
{
    public static string Dll { get; } = Path.Combine(AppContext.BaseDirectory, "EmbeddedStores.Tests.App.dll");

    public static Process Start(params string[] words)
    {
        var start = new ProcessStartInfo(words[0], words.Skip(1))
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = AppContext.BaseDirectory,
            Environment =
            {
                ["ASPNETCORE_URLS"] = "http://127.0.0.1:0",
                ["ASPIRE_ALLOW_UNSECURED_TRANSPORT"] = "true",
                ["ASPIRE_DASHBOARD_OTLP_ENDPOINT_URL"] = "http://127.0.0.1:0",
                ["ASPIRE_RESOURCE_SERVICE_ENDPOINT_URL"] = "http://127.0.0.1:0",
            },
        };
        return Process.Start(start)!;
    }

    public static async Task<(int ExitCode, string Output, string Errors)> RunAsync(IEnumerable<string> arguments, CancellationToken cancellationToken, string shell = "")
    {
        string[] dotnet = [DotNetHost.Find()!, Dll, .. arguments];
        using var process = Start(shell.Length > 0 ? ["/bin/sh", "-c", $"{shell}; exec \"$@\"", "sh", .. dotnet] : dotnet);
        var output = process.StandardOutput.ReadToEndAsync(cancellationToken);
        var errors = process.StandardError.ReadToEndAsync(cancellationToken);
        await process.WaitForExitAsync(cancellationToken);
        return (process.ExitCode, await output, await errors);
    }
}
