using System.Runtime.InteropServices;

namespace AppHost;

/// <summary>Starts what was built.</summary>
internal static class BuiltExtensions
{
    private const string DebugSession = "DEBUG_SESSION_PORT"; // set by an IDE, which starts projects its own way

    /// <summary>Starts a service's program itself. Aspire's <c>dotnet run</c> for each instance would read the project again, wait for the program's end, and hold 80 MB.</summary>
    /// <param name="service">The service, built together with the AppHost and for the same configuration.</param>
    /// <returns>The same builder.</returns>
    public static IResourceBuilder<ProjectResource> RunBuilt(this IResourceBuilder<ProjectResource> service)
    {
        var project = service.Resource.GetProjectMetadata().ProjectPath;
        var name = Path.GetFileNameWithoutExtension(project);
        var own = new DirectoryInfo(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory)); // artifacts/bin/AppHost/debug
        var program = Path.Combine(own.Parent!.Parent!.FullName, name, own.Name, OperatingSystem.IsWindows() ? $"{name}.exe" : name);
        if (!File.Exists(program) || service.ApplicationBuilder.Configuration[DebugSession] is not null)
        {
            return service;
        }

        return service
            .WithAnnotation(new ExecutableAnnotation { Command = program, WorkingDirectory = Path.GetDirectoryName(project)! })
            .WithEnvironment("DOTNET_ROOT", Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", ".."))); // where this one's runtime is
    }
}
