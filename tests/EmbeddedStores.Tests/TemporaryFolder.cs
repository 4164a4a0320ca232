using EmbeddedStores.Data;

namespace EmbeddedStores.Tests;

/// <summary>A data folder that is deleted with the test, in a place that PostgreSQL's user can walk to.</summary>
public sealed class TemporaryFolder : IDisposable
{
    public string FullPath { get; } = Path.Combine(Path.GetTempPath(), "stores-" + Path.GetRandomFileName());

    internal DataFolder Open() => DataFolder.Open(FullPath);

    public string In(params string[] names)
    {
        var path = Path.Combine([FullPath, .. names]);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        return path;
    }

    /// <summary>Writes a file that can be run.</summary>
    public string Program(string folder, string name, string script)
    {
        var path = In(folder, name);
        File.WriteAllText(path, script);
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute);
        }

        return path;
    }

    public void Dispose()
    {
        if (Directory.Exists(FullPath))
        {
            Directory.Delete(FullPath, recursive: true);
        }
    }
}
