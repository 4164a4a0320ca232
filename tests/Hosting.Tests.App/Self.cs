using System.Reflection;
using LocalRunner;

namespace Hosting.Tests.App;

/// <summary>This project, as one that an AppHost starts.</summary>
public sealed class Self : IProjectOutput
{
    public string ProjectPath { get; } = Path.Combine(
        typeof(Self).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(static entry => entry.Key == "AppHostProjectPath").Value!,
        "Hosting.Tests.App.csproj");

    public bool SuppressBuild => true;

    public string TargetPath { get; } = typeof(Self).Assembly.Location;
}
