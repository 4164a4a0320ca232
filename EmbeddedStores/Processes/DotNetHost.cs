namespace EmbeddedStores.Processes;

/// <summary>Finds the <c>dotnet</c> that runs programs here.</summary>
internal static class DotNetHost
{
    /// <summary>Finds the one that runs this process, else the first on PATH.</summary>
    /// <returns>Its full path, or null when there is none.</returns>
    public static string? Find()
    {
        if (Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") is { Length: > 0 } host && File.Exists(host))
        {
            return host;
        }

        return Environment.ProcessPath is { } self && Path.GetFileNameWithoutExtension(self) == "dotnet" ? self
            : Executables.Find("dotnet");
    }
}
