using LocalRunner.Processes;

namespace Hosting.Tests.Processes;

/// <summary>A data directory that goes with the test, in a place that PostgreSQL's user can walk to.</summary>
public sealed class TemporaryData : IDisposable
{
    public TemporaryData() => Directory = DataDirectory.Open(FullPath);

    public string FullPath { get; } = Path.Combine(Path.GetTempPath(), "resilience-" + Path.GetRandomFileName());

    internal DataDirectory Directory { get; private set; }

    // As the next start of an AppHost would find it.
    internal DataDirectory Reopen()
    {
        Directory.Dispose();
        Directory = DataDirectory.Open(FullPath);
        return Directory;
    }

    public void Dispose()
    {
        Directory.Dispose();
        System.IO.Directory.Delete(FullPath, recursive: true);
    }
}
