using System.Reflection;
using LocalRunner.ApplicationModel;
using LocalRunner.Testing;
using Microsoft.Extensions.Configuration;

namespace LocalRunner;

/// <summary>Collects what the AppHost says.</summary>
internal sealed class DistributedApplicationBuilder : IDistributedApplicationBuilder
{
    // Written into the AppHost's assembly by WithLocalRunner.targets.
    private const string DirectoryKey = "AppHostProjectPath";
    private readonly string[] _args;
    private readonly EntryPointRun? _run;

    public DistributedApplicationBuilder(string[] args, Assembly appHost, EntryPointRun? run)
    {
        _args = args;
        _run = run;
        AppHostDirectory = appHost.GetCustomAttributes<AssemblyMetadataAttribute>().FirstOrDefault(static entry => entry.Key == DirectoryKey)?.Value
            ?? AppContext.BaseDirectory;
        Configuration.AddEnvironmentVariables();
        Configuration.AddCommandLine([.. args.Where(static arg => arg.Contains('=', StringComparison.Ordinal))]);
    }

    public ConfigurationManager Configuration { get; } = new();

    public string AppHostDirectory { get; }

    public IResourceCollection Resources { get; } = new ResourceCollection();

    public IResourceBuilder<T> AddResource<T>(T resource)
        where T : IResource
    {
        // Environment variables name resources, and those don't tell "Cache" from "cache" everywhere.
        if (Resources.Any(other => string.Equals(other.Name, resource.Name, StringComparison.OrdinalIgnoreCase)))
        {
            throw new LocalRunnerException($"Two resources are called '{resource.Name}'. Give one of them another name in AppHost/Program.cs.");
        }

        Resources.Add(resource);
        return CreateResourceBuilder(resource);
    }

    public IResourceBuilder<T> CreateResourceBuilder<T>(T resource)
        where T : IResource => new ResourceBuilder<T>(this, resource);

    public DistributedApplication Build()
    {
        _run?.StopAt(this);
        return new(this, _args, HostingMode.Interactive);
    }

    /// <summary>Ends the description for a test, which has the entry point's run behind it.</summary>
    public DistributedApplication BuildForTest() => new(this, _args, HostingMode.Test);
}
