using LocalRunner.Processes;

namespace LocalRunner.Orchestration;

/// <summary>Folders for the data of tests, among the system's temporary files.</summary>
internal static class TestData
{
    private const string Prefix = "localrunner-";

    // No test runs as long, and a folder that was just made isn't locked yet.
    private static readonly TimeSpan _leftover = TimeSpan.FromHours(1);

    /// <summary>Makes a new one, and deletes those that killed test runs have left.</summary>
    /// <param name="clock">Tells the time.</param>
    /// <returns>The folder's full path.</returns>
    public static string Create(TimeProvider clock)
    {
        var old = clock.GetUtcNow() - _leftover;
        foreach (var folder in Directory.EnumerateDirectories(Path.GetTempPath(), Prefix + "*").Where(folder => Directory.GetLastWriteTimeUtc(folder) < old.UtcDateTime))
        {
            try
            {
                DataDirectory.Open(folder).Dispose(); // throws while an AppHost holds it
                Directory.Delete(folder, recursive: true);
            }
            catch (Exception failure) when (failure is LocalRunnerException or IOException or UnauthorizedAccessException)
            {
                // In use, or somebody else's.
            }
        }

        return Directory.CreateTempSubdirectory(Prefix).FullName;
    }
}
