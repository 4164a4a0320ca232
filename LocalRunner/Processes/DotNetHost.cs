namespace LocalRunner.Processes;

/// <summary>Finds the <c>dotnet</c> that runs programs here.</summary>
internal static class DotNetHost
{
    /// <summary>Gets its full path: the one that runs us where that can be told, else the first on PATH.</summary>
    /// <exception cref="LocalRunnerException">There is none.</exception>
    public static string FullPath { get; } = Find();

    private static string Find()
    {
        if (Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") is { Length: > 0 } host && File.Exists(host))
        {
            return host;
        }

        return Environment.ProcessPath is { } self && Path.GetFileNameWithoutExtension(self) == "dotnet" ? self
            : Executables.Find("dotnet")
            ?? throw new LocalRunnerException("dotnet is not on PATH. Install the .NET 10 SDK, or add its folder to PATH.");
    }
}
