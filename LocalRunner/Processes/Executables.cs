namespace LocalRunner.Processes;

/// <summary>Finds programs.</summary>
internal static class Executables
{
    /// <summary>Gets the folders that a shell looks for programs in.</summary>
    public static IReadOnlyList<string> PathFolders =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);

    /// <summary>Finds a program as a shell would.</summary>
    /// <param name="name">A name to look up on PATH, or a path.</param>
    /// <returns>The program's full path, or null when there is none.</returns>
    public static string? Find(string name) => Path.GetFileName(name) == name
        ? FindIn(name, PathFolders)
        : FindIn(Path.GetFileName(name), [Path.GetDirectoryName(Path.GetFullPath(name))!]);

    /// <summary>Finds a program in the first of some folders that has it.</summary>
    /// <param name="name">The program's name, without an extension.</param>
    /// <param name="folders">Where to look, in this order.</param>
    /// <returns>The program's full path, or null when there is none.</returns>
    public static string? FindIn(string name, IEnumerable<string> folders)
    {
        string[] names = OperatingSystem.IsWindows() ? [name + ".exe", name + ".cmd", name] : [name];
        return folders.SelectMany(folder => names.Select(candidate => Path.Combine(folder, candidate))).FirstOrDefault(IsExecutable);
    }

    private static bool IsExecutable(string path)
    {
        const UnixFileMode Anyone = UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;
        return File.Exists(path) && (OperatingSystem.IsWindows() || (File.GetUnixFileMode(path) & Anyone) != UnixFileMode.None);
    }
}
